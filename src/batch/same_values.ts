import type { Evaluation } from "../results/evaluation.js";
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

/** The same of two evaluations. */
export function sameFigures(a: Evaluation, b: Evaluation): boolean {
  const [first, second] = [figuresOf(a), figuresOf(b)];
  return first.length === second.length && first.every((value, i) => Math.abs(value - (second[i] ?? Number.NaN)) <= TOLERANCE);
}

function figuresOf({ metrics }: Evaluation): readonly number[] {
  return Object.values(metrics).flatMap(({ explanation, over_random }) => [explanation, over_random.value]);
}
