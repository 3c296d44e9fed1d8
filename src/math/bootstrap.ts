import type { Rng } from "../random.js";
import { sum } from "../util/arrays.js";
import { quantile } from "./quantile.js";

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2000;

/** Mean with the percentile interval of its bootstrap distribution (Efron 1979). @param confidence two-sided, in (0, 1). */
export function bootstrapMean(sample: readonly number[], confidence: number, rng: Rng): Interval {
  const n = sample.length;
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += sample[rng.int(n)] as number;
    return sum / n;
  }).sort();
  const tail = (1 - confidence) / 2;
  return {
    value: sum(sample) / n,
    low: quantile(means, tail),
    high: quantile(means, 1 - tail),
  };
}
