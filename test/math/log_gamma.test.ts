import { describe, expect, test } from "vitest";
import { logGamma } from "../../src/math/log_gamma.js";

describe("ln Γ", () => {
  test("of whole numbers is the logarithm of a factorial", () => {
    let factorial = 0;
    for (let n = 1; n <= 170; n++) {
      expect(Math.abs(logGamma(n) - factorial)).toBeLessThan(1e-13 * Math.max(1, factorial));
      factorial += Math.log(n);
    }
  });

  test("of one half is ln √π, and steps by ln x: Γ(x + 1) = x Γ(x)", () => {
    expect(logGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 13);
    for (const x of [0.01, 0.1, 0.3, 0.5, 0.9, 1.7, 12.25, 400.5]) {
      expect(Math.abs(logGamma(x + 1) - logGamma(x) - Math.log(x))).toBeLessThan(1e-12 * Math.max(1, Math.abs(logGamma(x + 1))));
    }
  });
});
