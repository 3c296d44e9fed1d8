import { AudioError } from "../../errors.js";

/** Zero crossings on either side of the kernel's centre. */
const LOWPASS_WIDTH = 6;
/** Cut-off as a share of the lower Nyquist frequency. */
const ROLLOFF = 0.99;
/** Kernels of more taps than this (prime rates) are not tabled but computed for each output sample. */
const MAX_TABLED_TAPS = 1_000_000;

export const MIN_SAMPLE_RATE = 4_000;
export const MAX_SAMPLE_RATE = 384_000;

/**
 * Hann-windowed sinc resampling with the kernel of torchaudio's `functional.resample` (`sinc_interp_hann`, width 6,
 * roll-off 0.99), computed in double precision.
 *
 * @param wave `[samples]` of one channel; not modified. Equal rates return it as it is.
 * @returns `[ceil(to · samples / from)]`
 * @throws AudioError where a rate is not a whole number of 4,000 … 384,000 Hz.
 */
export function resample(wave: Float32Array, from: number, to: number): Float32Array {
  checkRate(from);
  checkRate(to);
  if (from === to) return wave;
  const kernel = kernelOf(from, to);
  const out = new Float32Array(Math.ceil((wave.length * to) / from));
  for (let m = 0; m < out.length; m++) out[m] = outputAt(kernel, m, wave, 0);
  return out;
}

/** The same samples as `resample` gives for the whole, from parts that come one after the other. */
export interface Resampler {
  /** @returns the samples that are settled by now. */
  add(wave: Float32Array): Float32Array;
  /** What is left: the wave is zero after its end. */
  end(): Float32Array;
}

/** @throws AudioError where a rate is not a whole number of 4,000 … 384,000 Hz. */
export function createResampler(from: number, to: number): Resampler {
  checkRate(from);
  checkRate(to);
  if (from === to) return { add: (wave) => wave, end: () => new Float32Array(0) };
  const kernel = kernelOf(from, to);
  // Samples that coming outputs still need, from the absolute index `base` on.
  let kept = new Float32Array(0);
  let base = 0;
  let next = 0;
  const take = (outputs: number): Float32Array => {
    const out = new Float32Array(Math.max(0, outputs - next));
    for (let i = 0; i < out.length; i++) out[i] = outputAt(kernel, next + i, kept, base);
    next += out.length;
    return out;
  };
  return {
    add(wave) {
      const joined = new Float32Array(kept.length + wave.length);
      joined.set(kept);
      joined.set(wave, kept.length);
      kept = joined;
      let settled = next;
      while (lastInput(kernel, settled) < base + kept.length) settled++;
      const out = take(settled);
      const first = Math.max(base, Math.min(firstInput(kernel, next), base + kept.length));
      kept = kept.slice(first - base);
      base = first;
      return out;
    },
    end: () => take(Math.ceil(((base + kept.length) * to) / from)),
  };
}

function kernelOf(from: number, to: number): Kernel {
  const g = gcd(from, to);
  return createKernel(from / g, to / g);
}

/** Input index of the first tap of output `m`. */
function firstInput({ phases, stride, firstTap }: Kernel, m: number): number {
  const phase = m % phases;
  return ((m - phase) / phases) * stride + firstTap(phase);
}

function lastInput(kernel: Kernel, m: number): number {
  return firstInput(kernel, m) + kernel.tapCount(m % kernel.phases) - 1;
}

/** @param wave from the absolute index `base` on. */
function outputAt(kernel: Kernel, m: number, wave: Float32Array, base: number): number {
  return dot(wave, firstInput(kernel, m) - base, kernel.taps(m % kernel.phases));
}

export function checkRate(rate: number): void {
  if (!Number.isInteger(rate) || rate < MIN_SAMPLE_RATE || rate > MAX_SAMPLE_RATE) {
    throw new AudioError(
      `a sample rate of ${rate} Hz is not supported: valid are whole numbers from ${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE}`,
    );
  }
}

interface Kernel {
  /** Output samples a block. */
  readonly phases: number;
  /** Input samples a block. */
  readonly stride: number;
  /** Input index, relative to the block's first sample, of the phase's first tap. */
  firstTap(phase: number): number;
  taps(phase: number): Float64Array;
  tapCount(phase: number): number;
}

/**
 * Only taps inside the window (|t| < 6) are kept: the rest of the published kernel's `2 · width + stride` taps are zero
 * (to 1e-33), which makes 44.1 → 16 kHz fourteen times cheaper and the samples the same.
 */
function createKernel(stride: number, phases: number): Kernel {
  const base = Math.min(stride, phases) * ROLLOFF;
  const reach = (LOWPASS_WIDTH * stride) / base;
  const firstTap = (phase: number): number => Math.ceil((phase * stride) / phases - reach);
  const tapCount = (phase: number): number => Math.floor((phase * stride) / phases + reach) - firstTap(phase) + 1;
  const compute = (phase: number): Float64Array => {
    const first = firstTap(phase);
    return Float64Array.from({ length: tapCount(phase) }, (_, k) => tap((first + k) / stride - phase / phases, base) * (base / stride));
  };
  const tabled = phases * (2 * reach + 1) <= MAX_TABLED_TAPS;
  const table: (Float64Array | undefined)[] = [];
  const taps = (phase: number): Float64Array => {
    if (!tabled) return compute(phase);
    let row = table[phase];
    if (row === undefined) {
      row = compute(phase);
      table[phase] = row;
    }
    return row;
  };
  return { phases, stride, firstTap, taps, tapCount };
}

/** sinc(t) · cos²(πt / 2L) at `t = offset · base`, `offset` in blocks. */
function tap(offset: number, base: number): number {
  const t = Math.max(-LOWPASS_WIDTH, Math.min(LOWPASS_WIDTH, offset * base));
  if (t === 0) return 1;
  const window = Math.cos((Math.PI * t) / (2 * LOWPASS_WIDTH)) ** 2;
  return (Math.sin(Math.PI * t) / (Math.PI * t)) * window;
}

/** Σ wave[start + k] · taps[k]; the wave is zero outside its bounds. */
function dot(wave: Float32Array, start: number, taps: Float64Array): number {
  const from = Math.max(0, -start);
  const to = Math.min(taps.length, wave.length - start);
  let sum = 0;
  for (let k = from; k < to; k++) sum += (wave[start + k] as number) * (taps[k] as number);
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
