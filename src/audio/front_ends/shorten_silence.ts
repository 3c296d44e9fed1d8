import { joinFloats } from "../../util/arrays.js";
import { float32At } from "../../util/elements.js";
import type { Mel } from "./mel.js";

/** A waveform with stretches of its silence shortened, and where their frames are missing. */
export interface Shortened {
  readonly wave: Float32Array;
  /** In order. */
  readonly gaps: readonly Gap[];
}

interface Gap {
  /** Of the shortened sound, a frame that hears silence alone. */
  readonly frame: number;
  /** How many like it are left out in front of it. */
  readonly missing: number;
}

/** Of frames that are centred at multiples of `hop` and reflected at the ends. */
interface Framing {
  readonly window: number;
  readonly hop: number;
  /** No fewer frames are left, as long as there are as many. */
  readonly leastFrames: number;
}

/**
 * Takes whole hops out of stretches of zeros, and leaves as many zeros as keep a window from hearing both sides, with a frame inside of them that
 * hears neither: all frames that hear any sound hear the same samples as before.
 * @param wave filled up with silence to `samples`, which are no fewer.
 */
export function shortenSilence(wave: Float32Array, samples: number, { window, hop, leastFrames }: Framing): Shortened {
  const kept = window + 2 * hop;
  let spare = Math.floor(samples / hop) - leastFrames;
  let removed = 0;
  const gaps: Gap[] = [];
  const parts: Float32Array[] = [];
  let from = 0;
  for (const { start, end } of silences(wave, samples, kept + hop)) {
    if (spare <= 0) break;
    const missing = Math.min(spare, Math.floor((end - start - kept) / hop));
    gaps.push({ frame: Math.ceil((start + Math.floor(window / 2)) / hop) - removed, missing });
    parts.push(wave.subarray(from, start));
    // Zeros of the stretch that stay stand in front of what is behind it.
    from = start + missing * hop;
    spare -= missing;
    removed += missing;
  }
  // Zeros that stay of the silence behind the wave.
  const filling = new Float32Array(samples - Math.max(from, wave.length));
  return { wave: joinFloats([...parts, wave.subarray(from), filling]), gaps };
}

interface Stretch {
  readonly start: number;
  /** The first sample behind it. */
  readonly end: number;
}

/** Stretches of `least` zeros or more, the one behind the wave too, in order. */
function silences(wave: Float32Array, samples: number, least: number): readonly Stretch[] {
  const found: Stretch[] = [];
  let start = 0;
  for (let i = 0; i < wave.length; i++) {
    if (float32At(wave, i) === 0) continue;
    if (i - start >= least) found.push({ start, end: i });
    start = i + 1;
  }
  return samples - start >= least ? [...found, { start, end: samples }] : found;
}

/** Features of the shortened sound with those of the frames that it lacks. */
export function restoreSilence({ bins, frames, data }: Mel, gaps: readonly Gap[]): Mel {
  const all = frames + gaps.reduce((sum, { missing }) => sum + missing, 0);
  const out = new Float32Array(all * bins);
  let [from, at] = [0, 0];
  for (const { frame, missing } of gaps) {
    out.set(data.subarray(from * bins, frame * bins), at * bins);
    at += frame - from;
    from = frame;
    const silent = data.subarray(frame * bins, (frame + 1) * bins);
    for (let i = 0; i < missing; i++) out.set(silent, (at + i) * bins);
    at += missing;
  }
  out.set(data.subarray(from * bins), at * bins);
  return { bins, frames: all, data: out };
}
