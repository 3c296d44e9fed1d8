import { createRealFft } from "./fft.js";

export interface IstftConfig {
  readonly nFft: number;
  readonly hopLength: number;
}

/** The speech decoder of LFM2.5-Audio: 24 kHz, six steps of 320 samples a frame of codes. */
export const LFM25_ISTFT: IstftConfig = { nFft: 1_280, hopLength: 320 };

/**
 * Inverse short-time Fourier transform with "same" padding: every step's spectrum `exp(logMagnitude) · e^{i·phase}` is
 * inverted, windowed by a periodic Hann of `nFft`, overlap-added and divided by the overlap-added squared window;
 * (nFft − hop) / 2 samples leave at both ends.
 *
 * @param features `[steps, nFft + 2]` row-major: log-magnitudes of bins 0 … nFft/2, then their phases in radians.
 * @returns `[steps · hop]`
 */
export function istft(features: Float32Array, config: IstftConfig): Float32Array {
  const { nFft, hopLength } = config;
  const width = nFft + 2;
  if (features.length % width !== 0) throw new RangeError(`${features.length} values are no whole number of steps of ${width}`);
  const steps = features.length / width;
  const window = Float64Array.from({ length: nFft }, (_, k) => 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / nFft));
  const length = steps === 0 ? 0 : (steps - 1) * hopLength + nFft;
  const sum = new Float64Array(length);
  const envelope = new Float64Array(length);
  const fft = createRealFft(nFft);
  const spectrum = new Float64Array(width);
  for (let step = 0; step < steps; step++) {
    polar(spectrum, features.subarray(step * width, (step + 1) * width));
    const frame = fft.inverse(spectrum);
    for (let k = 0; k < nFft; k++) {
      const at = step * hopLength + k;
      const w = window[k] as number;
      sum[at] = (sum[at] as number) + (frame[k] as number) * w;
      envelope[at] = (envelope[at] as number) + w * w;
    }
  }
  const trim = (nFft - hopLength) / 2;
  return Float32Array.from({ length: steps * hopLength }, (_, n) => (sum[trim + n] as number) / (envelope[trim + n] as number));
}

/** (log-magnitudes, phases) → interleaved (re, im). */
function polar(spectrum: Float64Array, row: Float32Array): void {
  const bins = row.length / 2;
  for (let k = 0; k < bins; k++) {
    const magnitude = Math.exp(row[k] as number);
    const phase = row[bins + k] as number;
    spectrum[2 * k] = magnitude * Math.cos(phase);
    spectrum[2 * k + 1] = magnitude * Math.sin(phase);
  }
}
