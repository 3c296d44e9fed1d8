import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quantile } from "../../src/math/quantile.js";

describe("quantiles", () => {
  test("are order statistics at their places, and between them linear", () => {
    const sorted = Float64Array.of(1, 3, 7, 20, 21);
    expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantile(sorted, share))).toEqual([1, 3, 7, 20, 21]);
    expect(quantile(sorted, 0.125)).toBe(2);
    expect(quantile(sorted, 0.625)).toBe(13.5);
    expect(quantile(Float64Array.of(4), 0.3)).toBe(4);
  });

  test("rise with the share and stay within the values", () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (list, a, b) => {
        const sorted = Float64Array.from(list).sort();
        const [low, high] = [quantile(sorted, Math.min(a, b)), quantile(sorted, Math.max(a, b))];
        expect(low).toBeLessThanOrEqual(high + 1e-9);
        expect(low).toBeGreaterThanOrEqual((sorted[0] as number) - 1e-9);
        expect(high).toBeLessThanOrEqual((sorted.at(-1) as number) + 1e-9);
      }),
    );
  });
});
