import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sumExp } from "../../src/decoding/sum_exp.js";

const logits = fc.array(fc.float({ min: -80, max: 80, noNaN: true }), { minLength: 1, maxLength: 64 });

describe("Σ exp(logit − reference)", () => {
  test("is what Math.exp gives: near the reference to fourteen digits, far from it to as many as its argument has", () => {
    fc.assert(
      fc.property(logits, fc.double({ min: -80, max: 80, noNaN: true }), (values, reference) => {
        const list = Float32Array.from(values);
        const naive = list.reduce((sum, value) => sum + Math.exp(value - reference), 0);
        // An argument x has an error of x / 2^53 by itself.
        const farthest = list.reduce((most, value) => Math.max(most, Math.abs(value - reference)), 0);
        expect(Math.abs(sumExp(list, 0, list.length, reference) / naive - 1)).toBeLessThan(1e-14 + farthest * 2 ** -52);
      }),
    );
  });

  test("is over the asked part only", () => {
    const list = Float32Array.of(100, 0, 0, 0, 100);
    expect(sumExp(list, 1, 3, 0)).toBe(3);
    expect(sumExp(list, 1, 0, 0)).toBe(0);
  });

  test("takes nothing from what is beyond rounding, and says Infinity where a number would not hold it", () => {
    expect(sumExp(Float32Array.of(0, -1000, -Infinity), 0, 3, 0)).toBe(1);
    expect(sumExp(Float32Array.of(0, 691), 0, 2, 0)).toBe(Infinity);
    expect(sumExp(Float32Array.of(0, 689), 0, 2, 0) / Math.exp(689)).toBeCloseTo(1, 12);
    expect(sumExp(Float32Array.of(Infinity), 0, 1, 0)).toBe(Infinity);
  });

  test("is no number where a logit is none", () => {
    expect(sumExp(Float32Array.of(0, Number.NaN), 0, 2, 0)).toBeNaN();
  });
});
