import { describe, expect, test } from "vitest";
import { reachedTolerance, stopOf } from "../../src/game/stop.js";
import type { Estimate } from "../../src/game/types.js";

const ENDS = { empty: 1, full: 11 };

function estimate(intervals: Estimate["intervals"]): Estimate {
  return {
    values: new Float64Array(intervals?.length ?? 0),
    stdErrors: null,
    intervals,
    uncertainty: { method: "", confidence: 0.95, reason: null },
    biased: false,
  };
}

describe("a tolerance", () => {
  test("is a number of payoff units, a share, or none", () => {
    expect(stopOf(0.25)).toEqual({ tolerance: 0.25, relative: false });
    expect(stopOf("10%")).toEqual({ tolerance: 0.1, relative: true });
    expect(stopOf(null)).toBeUndefined();
  });

  test("is reached where the widest interval's half is no wider", () => {
    const widest = estimate([
      [0, 1],
      [4, 6],
    ]);
    expect(reachedTolerance(widest, { tolerance: 1, relative: false }, ENDS)).toBe(true);
    expect(reachedTolerance(widest, { tolerance: 0.99, relative: false }, ENDS)).toBe(false);
    // Of |v(N) − v(∅)| = 10.
    expect(reachedTolerance(widest, { tolerance: 0.1, relative: true }, ENDS)).toBe(true);
    expect(reachedTolerance(widest, { tolerance: 0.09, relative: true }, { empty: 11, full: 1 })).toBe(false);
  });

  test("is never reached where there are no intervals", () => {
    expect(reachedTolerance(estimate(null), { tolerance: 1e9, relative: false }, ENDS)).toBe(false);
  });
});
