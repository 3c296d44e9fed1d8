import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kendall, spearman } from "../../src/math/ranks.js";

describe("rank correlations", () => {
  it("agree with figures worked by hand", () => {
    // ranks 1 2 3 4 against 2 1 4 3: ρ = 1 − 6·4/(4·15) = 0.6; 4 of 6 pairs agree, 2 do not
    expect(spearman([1, 2, 3, 4], [20, 10, 40, 30])).toBeCloseTo(0.6, 12);
    expect(kendall([1, 2, 3, 4], [20, 10, 40, 30])).toBeCloseTo(1 / 3, 12);
  });

  it("take ties at their mean rank, τ as τ_b", () => {
    // ranks 1.5 1.5 3 against 1 2 3: cov 1.5, var 1.5 and 2; 2 agreeing pairs, 2 untied of 3
    expect(spearman([5, 5, 9], [1, 2, 3])).toBeCloseTo(1.5 / Math.sqrt(3), 12);
    expect(kendall([5, 5, 9], [1, 2, 3])).toBeCloseTo(2 / Math.sqrt(2 * 3), 12);
  });

  it("are unknown where one side ranks nothing", () => {
    expect([spearman([1, 1], [1, 2]), kendall([1, 2], [3, 3]), spearman([1], [1])]).toEqual([null, null, null]);
  });

  it("are 1 with any increasing function, −1 with any decreasing one, and symmetric", () => {
    const values = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const up = a.map((x) => x ** 3 + x);
        for (const correlate of [spearman, kendall]) {
          expect(correlate(a, up)).toBeCloseTo(1, 12);
          expect(
            correlate(
              a,
              up.map((x) => -x),
            ),
          ).toBeCloseTo(-1, 12);
          const m = Math.min(a.length, b.length);
          expect(correlate(a.slice(0, m), b.slice(0, m))).toBe(correlate(b.slice(0, m), a.slice(0, m)));
        }
      }),
      { seed: 4, numRuns: 200 },
    );
  });
});
