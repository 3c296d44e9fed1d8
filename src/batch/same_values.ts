import type { Result } from "../results/result_schema.js";

/** GPUs add in no fixed order. */
const TOLERANCE = 1e-6;

/** Whether two results of the same work say the same, up to rounding. */
export function sameValues(a: Result, b: Result): boolean {
  return (
    a.players.length === b.players.length &&
    a.players.every(({ value }, i) => Math.abs(value - (b.players[i]?.value ?? Number.NaN)) <= TOLERANCE)
  );
}
