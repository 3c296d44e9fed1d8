import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shifted } from "../../src/shapley/normalizers/power_shift.js";
import { NORMALIZERS } from "../../src/shapley/normalizers.js";
import { describeGolden, numberOf } from "../support/golden.js";

const values = fc.float64Array({ minLength: 1, maxLength: 12, min: -1e6, max: 1e6, noNaN: true });
const sum = (array: Float64Array) => array.reduce((a, b) => a + b, 0);

describe("normalizers", () => {
  it.each([
    ["identity", [0.5, -0.25], [0.5, -0.25]],
    ["abs-sum", [3, -1], [0.75, -0.25]],
    ["abs-sum", [0, 0], [0, 0]],
    ["power-shift", [1, 2, 3], [0, 1 / 3, 2 / 3]],
    ["power-shift", [7], [1]],
    ["power-shift", [0.3, 0.3, 0.3, 0.3], [0.25, 0.25, 0.25, 0.25]],
    ["min-max", [-1, 1, 0], [0, 2 / 3, 1 / 3]],
  ] as const)("%s of %j", (name, input, expected) => {
    const got = NORMALIZERS[name].apply(Float64Array.from(input));
    expect([...got]).toHaveLength(expected.length);
    expected.forEach((value, i) => {
      expect(got[i]).toBeCloseTo(value, 12);
    });
  });

  it("power-shift and min-max sum to 1, whatever comes in", () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.1, max: 8, noNaN: true }), (input, power) => {
        expect(sum(shifted(input, power))).toBeCloseTo(1, 9);
        expect(sum(NORMALIZERS["min-max"].apply(input))).toBeCloseTo(1, 9);
      }),
    );
  });

  it("abs-sum keeps signs and sums to 1 in absolute values", () => {
    fc.assert(
      fc.property(values, (input) => {
        const got = NORMALIZERS["abs-sum"].apply(input);
        expect(sum(got.map(Math.abs))).toBeCloseTo(input.some((value) => value !== 0) ? 1 : 0, 9);
        got.forEach((value, i) => {
          expect(Math.sign(value) === Math.sign(input[i] as number) || Math.abs(value) < 1e-300).toBe(true);
        });
      }),
    );
  });

  it("leaves its input alone", () => {
    const input = Float64Array.of(1, 2, 4);
    for (const normalize of Object.values(NORMALIZERS)) expect(normalize.apply(input)).not.toBe(input);
    expect([...input]).toEqual([1, 2, 4]);
  });
});

const NAMES = { identity: "identity", abs_sum: "abs-sum", min_max: "min-max" } as const;

describeGolden({
  file: "normalizers",
  defect({ id, input }) {
    if (/_nan_float(32|64)$/.test(id)) return "S19: NaN is passed on; here a value that is not finite is refused";
    if (input.normalizer === "power_shift" && new Set(input.values).size === 1 && !(input.values.length === 1 && input.values[0] === 1)) {
      return "S19: equal values are returned as they came, here 1/n each";
    }
    return undefined;
  },
  matches({ input, expected }) {
    if (input.values === undefined) {
      const make = () => shifted(Float64Array.of(1, 2), input.power);
      if (expected.error === undefined) expect(sum(make())).toBeCloseTo(1, 12);
      else expect(make).toThrow(/power must be a positive/);
      return;
    }
    const given = Float64Array.from(input.values, numberOf);
    const got =
      input.normalizer === "power_shift"
        ? shifted(given, input.power)
        : NORMALIZERS[NAMES[input.normalizer as keyof typeof NAMES]].apply(given);
    expected.values.forEach((value: unknown, i: number) => {
      expect(Math.abs((got[i] as number) - numberOf(value))).toBeLessThanOrEqual(input.dtype === "float32" ? 1e-5 : 1e-9);
    });
  },
});
