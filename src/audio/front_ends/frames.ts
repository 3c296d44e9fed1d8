import { float32At } from "../../util/elements.js";
import type { Mel } from "./mel.js";

/** Added to every bin's standard deviation. */
const STD_GUARD = 1e-5;

/**
 * Per-bin normalisation over the first `validFrames` frames: mean 0, unbiased standard deviation 1; a single frame
 * becomes 0. Frames from `validFrames` on are set to 0, which the published front end does and counts.
 *
 * @param mel un-normalised; not modified.
 */
export function normalizeMel(mel: Mel, validFrames: number): Mel {
  const { bins, frames } = mel;
  const data = new Float32Array(mel.data.length);
  for (let b = 0; b < bins; b++) {
    const { mean, std } = binStatistics(mel, b, validFrames);
    for (let t = 0; t < validFrames; t++) data[t * bins + b] = (float32At(mel.data, t * bins + b) - mean) / (std + STD_GUARD);
  }
  return { bins, frames, data };
}

function binStatistics({ bins, data }: Mel, bin: number, frames: number): { readonly mean: number; readonly std: number } {
  let sum = 0;
  for (let t = 0; t < frames; t++) sum += float32At(data, t * bins + bin);
  const mean = sum / frames;
  let squares = 0;
  for (let t = 0; t < frames; t++) squares += (float32At(data, t * bins + bin) - mean) ** 2;
  return { mean, std: frames > 1 ? Math.sqrt(squares / (frames - 1)) : 0 };
}

/** The kept frames alone. @param kept one byte a frame, 1 = kept. @throws RangeError where it is longer than the mel. */
export function selectFrames({ bins, frames, data }: Mel, kept: Uint8Array): Mel {
  if (kept.length > frames) throw new RangeError(`${kept.length} flags for ${frames} mel frames`);
  const left = kept.reduce((n, k) => n + k, 0);
  const out = new Float32Array(left * bins);
  let at = 0;
  kept.forEach((keep, t) => {
    if (keep === 0) return;
    out.set(data.subarray(t * bins, (t + 1) * bins), at);
    at += bins;
  });
  return { bins, frames: left, data: out };
}

/** All frames, those that are not kept filled with one value. @param kept one byte a frame, 1 = kept. */
export function fillFrames(mel: Mel, kept: Uint8Array, value: number): Mel {
  if (kept.length !== mel.frames) throw new RangeError(`${kept.length} flags for ${mel.frames} mel frames`);
  const data = mel.data.slice();
  kept.forEach((keep, t) => {
    if (keep === 0) data.fill(value, t * mel.bins, (t + 1) * mel.bins);
  });
  return { ...mel, data };
}

/** Zero frames at the end (zero is the mean of a normalised bin) until there are `least`, which encoders with a minimum need. */
export function padFrames(mel: Mel, least: number): Mel {
  if (mel.frames >= least) return mel;
  const data = new Float32Array(least * mel.bins);
  data.set(mel.data);
  return { bins: mel.bins, frames: least, data };
}

/** Zero frames up to a multiple of `multiple`; 0 = none. */
export function padToMultiple(mel: Mel, multiple: number): Mel {
  return multiple > 0 ? padFrames(mel, Math.ceil(mel.frames / multiple) * multiple) : mel;
}
