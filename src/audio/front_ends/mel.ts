import { remember } from "../memory.js";
import { createRealFft } from "../signal/fft.js";

/** The bank of Slaney's filters. */
export interface MelBank {
  readonly sampleRate: number;
  readonly nFft: number;
  readonly nMels: number;
  readonly fMin: number;
  readonly fMax: number;
}

/** The log-mel front end of NeMo's `FilterbankFeatures` as LFM2-Audio configures it. */
export interface MelConfig extends MelBank {
  /** Samples of the symmetric Hann window, centred in `nFft`. */
  readonly winLength: number;
  readonly hopLength: number;
  readonly preEmphasis: number;
  /** Added to the mel power before the logarithm. */
  readonly logZeroGuard: number;
  /** > 0: the time axis is padded with zero frames to a multiple of it. */
  readonly padTo: number;
}

/** What the published `config.json` and `mel_config.json` of LFM2-Audio and LFM2.5-Audio state. */
export const LFM2_MEL: MelConfig = {
  sampleRate: 16_000,
  nFft: 512,
  winLength: 400,
  hopLength: 160,
  nMels: 128,
  fMin: 0,
  fMax: 8_000,
  preEmphasis: 0.97,
  logZeroGuard: 2 ** -24,
  padTo: 0,
};

/** Larger spectra, banks and paddings are nobody's, and would only fill the memory. */
const MOST = { nFft: 2 ** 14, nMels: 1_024, padTo: 4_096, sampleRate: 384_000 };
/** Windows that overlap more than so often make more frames than sound. */
const MOST_OVERLAP = 16;

/** What keeps a front end from being built, or null. */
export function melProblem(config: MelConfig): string | null {
  const { sampleRate, nFft, winLength, hopLength, nMels, fMin, fMax, preEmphasis, logZeroGuard, padTo } = config;
  const rules: readonly (readonly [boolean, string])[] = [
    [sampleRate >= 1_000 && sampleRate <= MOST.sampleRate, `sample rate ${sampleRate}: valid are 1,000 to ${MOST.sampleRate} Hz`],
    [
      Number.isInteger(Math.log2(nFft)) && nFft >= 16 && nFft <= MOST.nFft,
      `n_fft ${nFft}: valid are powers of two from 16 to ${MOST.nFft}`,
    ],
    [winLength >= 2 && winLength <= nFft, `window of ${winLength} samples: valid are 2 to n_fft = ${nFft}`],
    [
      hopLength >= nFft / MOST_OVERLAP && hopLength <= nFft,
      `hop of ${hopLength} samples: valid are ${nFft / MOST_OVERLAP} to n_fft = ${nFft}`,
    ],
    [nMels <= MOST.nMels, `${nMels} mel bins: valid are at most ${MOST.nMels}`],
    [fMin >= 0 && fMin < fMax && fMax <= sampleRate / 2, `${fMin} to ${fMax} Hz: valid are 0 to ${sampleRate / 2}, in this order`],
    [preEmphasis >= 0 && preEmphasis <= 1, `pre-emphasis ${preEmphasis}: valid are 0 to 1`],
    [logZeroGuard > 0 && logZeroGuard <= 1, `log_zero_guard ${logZeroGuard}: valid are numbers above 0, up to 1`],
    [padTo <= MOST.padTo, `pad_to ${padTo}: valid are 0 to ${MOST.padTo}`],
  ];
  return rules.find(([holds]) => !holds)?.[1] ?? null;
}

/** Frame-major (as the encoder reads it): `data[frame · bins + bin]`. */
export interface Mel {
  readonly bins: number;
  readonly frames: number;
  /** Those that count, where an encoder is told which do: those behind them fill a fixed length up. @default frames */
  readonly valid?: number | undefined;
  readonly data: Float32Array;
}

/** Frames that count in the normalisation. The published front end always leaves one frame more, which it zeroes. */
export function validFrames(samples: number, config: MelConfig): number {
  return Math.floor(samples / config.hopLength);
}

/**
 * Natural log of the mel power, before normalisation.
 *
 * @param wave `[samples]` at `config.sampleRate`.
 * @returns `[floor(samples / hop) + 1, nMels]`
 */
export function logMel(wave: Float32Array, config: MelConfig): Mel {
  return remember(wave, JSON.stringify(config), () => computeLogMel(wave, config));
}

function computeLogMel(wave: Float32Array, config: MelConfig): Mel {
  const { nFft, hopLength, nMels: bins } = config;
  const frames = validFrames(wave.length, config) + 1;
  const padded = preEmphasised(wave, config);
  const window = symmetricHann(config.winLength, nFft);
  const filters = sparseRows(melFilterbank(config), nFft / 2 + 1);
  const fft = createRealFft(nFft);
  const frame = new Float64Array(nFft);
  const power = new Float64Array(nFft / 2 + 1);
  const data = new Float32Array(frames * bins);
  for (let t = 0; t < frames; t++) {
    for (let i = 0; i < nFft; i++) frame[i] = (padded[t * hopLength + i] as number) * (window[i] as number);
    const spectrum = fft.forward(frame);
    for (let k = 0; k < power.length; k++) power[k] = (spectrum[2 * k] as number) ** 2 + (spectrum[2 * k + 1] as number) ** 2;
    for (let b = 0; b < bins; b++) data[t * bins + b] = Math.log(weighted(filters[b] as SparseRow, power) + config.logZeroGuard);
  }
  return { bins, frames, data };
}

/** y[n] = x[n] − a · x[n−1], y[0] = x[0], with nFft/2 zeros before and enough after for the last frame. */
function preEmphasised(wave: Float32Array, { preEmphasis, nFft }: MelConfig): Float64Array {
  const half = nFft / 2;
  const padded = new Float64Array(wave.length + nFft);
  for (let n = 0; n < wave.length; n++) padded[half + n] = (wave[n] as number) - (n === 0 ? 0 : preEmphasis * (wave[n - 1] as number));
  return padded;
}

/** `0.5 − 0.5 cos(2πk / (length − 1))`, centred in `size` samples. */
export function symmetricHann(length: number, size: number): Float64Array {
  const window = new Float64Array(size);
  const offset = Math.floor((size - length) / 2);
  for (let k = 0; k < length; k++) window[offset + k] = 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / (length - 1));
  return window;
}

/**
 * Triangles on the Slaney mel scale, each scaled by 2 / (its width in Hz): librosa's `filters.mel(norm="slaney", htk=False)`.
 *
 * @returns `[nMels, nFft / 2 + 1]` row-major.
 */
export function melFilterbank({ sampleRate, nFft, nMels, fMin, fMax }: MelBank): Float64Array {
  const bins = nFft / 2 + 1;
  const low = hzToMel(fMin);
  const step = (hzToMel(fMax) - low) / (nMels + 1);
  const edge = (i: number): number => melToHz(low + step * i);
  const matrix = new Float64Array(nMels * bins);
  for (let m = 0; m < nMels; m++) {
    const [left, centre, right] = [edge(m), edge(m + 1), edge(m + 2)];
    for (let k = 0; k < bins; k++) {
      const f = (k * sampleRate) / nFft;
      const height = Math.min((f - left) / (centre - left), (right - f) / (right - centre));
      matrix[m * bins + k] = Math.max(0, height) * (2 / (right - left));
    }
  }
  return matrix;
}

/** Slaney's Auditory Toolbox: linear below 1 kHz, logarithmic above. */
function hzToMel(hz: number): number {
  return hz < 1_000 ? (3 * hz) / 200 : 15 + Math.log(hz / 1_000) / (Math.log(6.4) / 27);
}

function melToHz(mel: number): number {
  return mel < 15 ? (200 * mel) / 3 : 1_000 * Math.exp((Math.log(6.4) / 27) * (mel - 15));
}

export interface SparseRow {
  readonly first: number;
  readonly weights: Float64Array;
}

/** A triangle covers a few neighbouring bins only. */
export function sparseRows(matrix: Float64Array, bins: number): readonly SparseRow[] {
  return Array.from({ length: matrix.length / bins }, (_, m) => {
    const row = matrix.subarray(m * bins, (m + 1) * bins);
    const first = row.findIndex((w) => w > 0);
    if (first < 0) return { first: 0, weights: new Float64Array(0) };
    return { first, weights: row.slice(first, row.findLastIndex((w) => w > 0) + 1) };
  });
}

/** Σ weight · power over the row's bins. */
export function weighted({ first, weights }: SparseRow, power: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += (weights[k] as number) * (power[first + k] as number);
  return sum;
}
