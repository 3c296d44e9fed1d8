import { float32At, numberAt } from "../util/elements.js";
import type { Emissions } from "./emissions.js";

/** A run of one label along a path, frames `[first, end)`. */
export interface LabelSpan {
  readonly label: number;
  readonly first: number;
  readonly end: number;
}

/** Runs of equal labels, blanks left out: a label twice in a row is one run, with a blank between it is two. */
export function mergeLabels(path: ArrayLike<number>, blank: number): readonly LabelSpan[] {
  const spans: LabelSpan[] = [];
  let first = 0;
  for (let t = 1; t <= path.length; t++) {
    if (t < path.length && path[t] === path[first]) continue;
    const label = numberAt(path, first);
    if (label !== blank) spans.push({ label, first, end: t });
    first = t;
  }
  return spans;
}

/** Mean probability of the label over its frames, 0 … 1. */
export function spanConfidence({ labels, data }: Emissions, { label, first, end }: LabelSpan): number {
  let sum = 0;
  for (let t = first; t < end; t++) sum += Math.exp(float32At(data, t * labels + label));
  return sum / (end - first);
}
