import { readFileSync } from "node:fs";
import { DECODE_LIMITS } from "../../src/audio/files/limits.js";
import { readWav } from "../../src/audio/files/wav_read.js";

export function goldenWav(file: string): Float32Array {
  return readWav(readFileSync(new URL(`../golden/${file}`, import.meta.url)), DECODE_LIMITS).samples;
}

export const fixtureBytes = (file: string): Uint8Array => readFileSync(new URL(`../../fixtures/audio/${file}`, import.meta.url));

export const waveOf = (samples: number, f: (n: number) => number): Float32Array => Float32Array.from({ length: samples }, (_, n) => f(n));

export function sine(hz: number, seconds: number, sampleRate = 16_000, amplitude = 0.5): Float32Array {
  return waveOf(Math.round(seconds * sampleRate), (n) => amplitude * Math.sin((2 * Math.PI * hz * n) / sampleRate));
}

/** Largest absolute difference; infinite where the lengths differ. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs((a[i] as number) - (b[i] as number)));
  return worst;
}

/** Root mean square of a stretch. */
export function rms(wave: ArrayLike<number>, from = 0, to = wave.length): number {
  let sum = 0;
  for (let n = from; n < to; n++) sum += (wave[n] as number) ** 2;
  return Math.sqrt(sum / Math.max(1, to - from));
}
