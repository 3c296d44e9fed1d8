/** Row-major `[frames, labels]` natural log-probabilities. */
import { float32At } from "../util/elements.js";
export interface Emissions {
  readonly frames: number;
  readonly labels: number;
  readonly data: Float32Array;
}

/** Log-softmax of every frame; already normalised rows stay as they are. */
export function logSoftmax(logits: Emissions): Emissions {
  const data = new Float32Array(logits.data.length);
  for (let t = 0; t < logits.frames; t++) {
    const row = logits.data.subarray(t * logits.labels, (t + 1) * logits.labels);
    let max = Number.NEGATIVE_INFINITY;
    for (const x of row) max = Math.max(max, x);
    let sum = 0;
    for (const x of row) sum += Math.exp(x - max);
    const shift = max + Math.log(sum);
    row.forEach((x, v) => {
      data[t * logits.labels + v] = x - shift;
    });
  }
  return { ...logits, data };
}

/** Natural-log cost of saying "some letter" instead of the very one: exact letters win wherever they are half likely. */
const WILDCARD_PENALTY = Math.log(2);

/** One more label, the wildcard: as likely as the frame's likeliest letter, halved. @param outside labels that are no letters (blank, separator). */
export function withWildcard(emissions: Emissions, outside: readonly number[]): Emissions {
  const { frames, labels } = emissions;
  const data = new Float32Array(frames * (labels + 1));
  for (let t = 0; t < frames; t++) {
    const row = emissions.data.subarray(t * labels, (t + 1) * labels);
    data.set(row, t * (labels + 1));
    let best = Number.NEGATIVE_INFINITY;
    for (let v = 0; v < labels; v++) if (!outside.includes(v)) best = Math.max(best, float32At(row, v));
    data[t * (labels + 1) + labels] = best - WILDCARD_PENALTY;
  }
  return { frames, labels: labels + 1, data };
}
