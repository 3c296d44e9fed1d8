import { describe, expect, it } from "vitest";
import { bootstrapMean } from "../../src/math/bootstrap.js";
import { createRng } from "../../src/random.js";

describe("bootstrapMean", () => {
  it("covers the true mean about as often as it says", () => {
    let covered = 0;
    for (let seed = 0; seed < 200; seed++) {
      const rng = createRng(seed);
      const { low, high } = bootstrapMean(
        Array.from({ length: 40 }, () => rng.float()),
        0.9,
        rng,
      );
      if (low <= 0.5 && high >= 0.5) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.83);
    expect(covered / 200).toBeLessThan(0.96);
  });

  it("is a point for equal numbers", () => {
    expect(bootstrapMean([3, 3, 3], 0.95, createRng(0))).toEqual({ value: 3, low: 3, high: 3 });
  });
});
