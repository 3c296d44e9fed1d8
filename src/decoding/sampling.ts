import type { Rng } from "../random.js";
import type { TokenIds } from "../text/token_ids.js";
import { sumExp } from "./sum_exp.js";

/** How one stream of tokens is drawn; null or ≤ 0 temperature, or top-k 1, is greedy. */
export interface Sampling {
  readonly temperature: number | null;
  readonly topK: number | null;
}

/** How many logits of a row may be drawn from; those without a token among them are made impossible, in place. */
export function drawable(logits: Float32Array, start: number, size: number, ids: TokenIds | null): number {
  if (ids === null) return size;
  const end = Math.min(size, ids.end);
  for (const id of ids.unused) if (id < end) logits[start + id] = -Infinity;
  return end;
}

export function isGreedy({ temperature, topK }: Sampling): boolean {
  return temperature === null || temperature <= 0 || topK === 1;
}

/** Index of the first maximum of `logits[start … start + size)`, relative to `start`. */
export function argmax(logits: Float32Array, start: number, size: number): number {
  const end = start + size;
  let best = start;
  let at = start;
  // Eight at a time, which hardly ever hold a larger one: nearly twice as fast, and it is done for every token of every answer.
  for (; at + 8 <= end; at += 8) {
    const value = logits[best] as number;
    const larger =
      (logits[at] as number) > value ||
      (logits[at + 1] as number) > value ||
      (logits[at + 2] as number) > value ||
      (logits[at + 3] as number) > value ||
      (logits[at + 4] as number) > value ||
      (logits[at + 5] as number) > value ||
      (logits[at + 6] as number) > value ||
      (logits[at + 7] as number) > value;
    if (larger) best = better(logits, at, at + 8, best);
  }
  return better(logits, at, end, best) - start;
}

/** The first maximum of `logits[best]` and `logits[from … to)`. */
function better(logits: Float32Array, from: number, to: number, best: number): number {
  for (let at = from; at < to; at++) if ((logits[at] as number) > (logits[best] as number)) best = at;
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
