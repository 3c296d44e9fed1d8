import { describe, expect, it } from "vitest";
import { binomial, logBinomial, shapleyWeights } from "../../src/shapley/combinatorics.js";
import { studentT } from "../../src/shapley/student_t.js";

describe("quantiles of Student's t, against printed tables", () => {
  it.each([
    [0.95, 1, 12.7062047361747],
    [0.95, 2, 4.30265272974946],
    [0.95, 9, 2.2621571627982],
    [0.95, 29, 2.0452296421327],
    [0.99, 29, 2.7563859036706],
    [0.9, 9, 1.83311293265624],
    [0.5, 1, 1],
    [0.95, 1e7, 1.95996422171],
    [0.999, 4, 8.61030158137949],
  ])("confidence %d, %d degrees", (confidence, degrees, expected) => {
    expect(Math.abs(studentT(confidence, degrees) / expected - 1)).toBeLessThan(1e-8);
  });
});

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
});
