import type { Estimate } from "./types.js";

/** When a run may end before its budget: every interval's half width is at most the tolerance. */
export interface Stop {
  /** Payoff units, or with `relative` a fraction of |v(N) − v(∅)|. */
  readonly tolerance: number;
  readonly relative: boolean;
}

/** Never true where the method gives no intervals: without an error there is nothing to stop on. */
export function reachedTolerance(estimate: Estimate, stop: Stop, ends: { readonly empty: number; readonly full: number }): boolean {
  const limit = stop.relative ? stop.tolerance * Math.abs(ends.full - ends.empty) : stop.tolerance;
  return estimate.intervals?.every(([low, high]) => (high - low) / 2 <= limit) ?? false;
}

/** Reads a spec's tolerance: payoff units, a share such as `10%`, or null for none. */
export function stopOf(tolerance: number | string | null): Stop | undefined {
  if (tolerance === null) return undefined;
  if (typeof tolerance === "number") return { tolerance, relative: false };
  return { tolerance: Number.parseFloat(tolerance) / 100, relative: true };
}
