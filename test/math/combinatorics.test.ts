import { describe, expect, it } from "vitest";
import { binomial, bitCount, shapleyWeights } from "../../src/math/combinatorics.js";
import { logGamma } from "../../src/math/log_gamma.js";

/** ln C(n, k), by another way than products. */
const logBinomial = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

describe("combinatorics", () => {
  it("counts exactly where a double can", () => {
    expect(binomial(50, 25)).toBe(126410606437752);
    expect(binomial(20, 7)).toBe(77520);
    expect(binomial(5, 6)).toBe(0);
  });

  it("stays finite to n = 1,000 and agrees with logarithms", () => {
    expect(Math.abs(Math.log(binomial(1000, 500)) / logBinomial(1000, 500) - 1)).toBeLessThan(1e-12);
    expect(logBinomial(1000, 0)).toBeCloseTo(0, 9);
  });

  it("weights of all marginals of a player sum to 1", () => {
    for (const n of [1, 2, 7, 20]) {
      const total = shapleyWeights(n).reduce((sum, weight, s) => sum + weight * binomial(n - 1, s), 0);
      expect(total).toBeCloseTo(1, 12);
    }
  });

  it("counts bits", () => {
    expect([0, 1, 5, 2 ** 20 - 1, 2 ** 30].map(bitCount)).toEqual([0, 1, 2, 20, 1]);
  });
});
