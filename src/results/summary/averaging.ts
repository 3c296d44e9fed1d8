import { bootstrapMean, type Interval } from "../../math/bootstrap.js";
import { createRng, type Rng } from "../../random.js";

/** @param what names the sample. */
export type Averaging = (sample: readonly number[], what: string) => Interval;

/** Means with their intervals; each draws from a generator of its own, so that none depends on another. */
export function averaging(confidence: number, seed: number): Averaging {
  const rng: Rng = createRng(seed).fork("summary");
  return (sample, what) => bootstrapMean(sample, confidence, rng.fork(what));
}
