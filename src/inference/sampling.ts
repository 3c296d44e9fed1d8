import type { Rng } from "../random.js";
import { sumExp } from "./sum_exp.js";

/** How one stream of tokens is drawn; null or ≤ 0 temperature, or top-k 1, is greedy. */
export interface Sampling {
  readonly temperature: number | null;
  readonly topK: number | null;
}

export function isGreedy({ temperature, topK }: Sampling): boolean {
  return temperature === null || temperature <= 0 || topK === 1;
}

/** Index of the first maximum of `logits[start … start + size)`, relative to `start`. */
export function argmax(logits: Float32Array, start: number, size: number): number {
  let best = 0;
  let value = logits[start] as number;
  for (let i = 1; i < size; i++) {
    const other = logits[start + i] as number;
    if (other > value) {
      value = other;
      best = i;
    }
  }
  return best;
}

/**
 * Draws an index from softmax(logits / temperature), restricted to the logits that are at least the k-th largest (ties at
 * the threshold are kept). Weights are summed in float64 in the order of indices.
 */
export function sample(logits: Float32Array, start: number, size: number, { temperature, topK }: Sampling, rng: Rng): number {
  const row = logits.subarray(start, start + size);
  const threshold = topK === null || topK <= 0 || topK >= size ? -Infinity : kthLargest(row, topK);
  const scale = 1 / (temperature as number);
  const highest = row[argmax(row, 0, size)] as number;
  const weights = new Float64Array(size);
  let total = 0;
  for (let i = 0; i < size; i++) {
    const logit = row[i] as number;
    if (logit < threshold) continue;
    weights[i] = Math.exp((logit - highest) * scale);
    total += weights[i] as number;
  }
  let left = rng.float() * total;
  let last = 0;
  for (let i = 0; i < size; i++) {
    const weight = weights[i] as number;
    if (weight === 0) continue;
    last = i;
    left -= weight;
    if (left < 0) return i;
  }
  return last;
}

function kthLargest(row: Float32Array, k: number): number {
  const sorted = Float32Array.from(row).sort();
  return sorted[sorted.length - k] as number;
}

/** log softmax(logits[start … start + size))[target], in float64. */
export function logProbability(logits: Float32Array, start: number, size: number, target: number): number {
  const own = logits[start + target] as number;
  const sum = sumExp(logits, start, size, own);
  if (sum < Infinity) return 0 - Math.log(sum);
  const highest = logits[start + argmax(logits, start, size)] as number;
  return own - highest - Math.log(sumExp(logits, start, size, highest));
}
