import { describe, expect, it } from "vitest";
import { gaussLegendre } from "../../src/math/gauss_legendre.js";

describe("gaussLegendre", () => {
  it("integrates polynomials on [0, 1] up to degree 2·count − 1, and no further", () => {
    for (const count of [1, 2, 3, 7, 16, 32]) {
      const { nodes, weights } = gaussLegendre(count);
      const integral = (degree: number) => nodes.reduce((sum, node, i) => sum + (weights[i] as number) * node ** degree, 0);
      for (let degree = 0; degree < 2 * count; degree++) expect(integral(degree)).toBeCloseTo(1 / (degree + 1), 12);
      if (count < 8) expect(Math.abs(integral(2 * count) - 1 / (2 * count + 1))).toBeGreaterThan(1e-11);
    }
  });
});
