import { describe, expect, it } from "vitest";
import { largestDifference, sameWeights } from "../../src/repos/server_identity.js";

describe("weights behind a server", () => {
  const probe = [-1, -2, -3];

  it("are the same within rounding, or within what the server was seen to stray", () => {
    expect(sameWeights({ probe, noise: 0 }, { probe: [-1.01, -2, -3.015], noise: 0 })).toBe(true);
    expect(sameWeights({ probe, noise: 0 }, { probe: [-1.1, -2, -3], noise: 0 })).toBe(false);
    expect(sameWeights({ probe, noise: 0.01 }, { probe: [-1.1, -2, -3], noise: 0 })).toBe(true);
  });

  it("are others where another text was measured", () => {
    expect(sameWeights({ probe, noise: 9 }, { probe: [-1, -2], noise: 9 })).toBe(false);
  });

  it("differ by the largest of the differences", () => {
    expect(largestDifference([1, 5], [2, 2])).toBe(3);
    expect(largestDifference([], [])).toBe(0);
    expect(largestDifference([1], [])).toBe(Number.POSITIVE_INFINITY);
  });
});
