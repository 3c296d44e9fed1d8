import { createRealFft } from "../audio/signal/fft.js";

/** Samples of an analysis frame, at any rate. */
const FRAME = 256;
const HOP = 64;
/** The search reaches this far beyond the gap between two characters … */
const GAP_MARGIN_S = 0.04;
/** … and this far to both sides of a boundary that has no gap. */
const LONE_MARGIN_S = 0.08;
/** A frame is a boundary only where its RMS is at most this share of the window's mean. */
const QUIET_SHARE = 0.5;

export interface RefineWeights {
  readonly energy: number;
  readonly flux: number;
}

/** @throws RangeError where a weight is negative or both are zero. */
export function checkWeights({ energy, flux }: RefineWeights): void {
  if (!(energy >= 0 && flux >= 0)) throw new RangeError(`boundary refinement weights must be non-negative: energy ${energy}, flux ${flux}`);
  if (energy + flux === 0) throw new RangeError("at least one boundary refinement weight must be greater than zero");
}

export interface Clip {
  readonly wave: Float32Array;
  readonly sampleRate: number;
}

export interface Refined {
  /** Seconds: the chosen frame, or the candidate where none is quiet enough. */
  readonly time: number;
  readonly refined: boolean;
}

/**
 * Moves a boundary to the frame of least cost (weighted RMS and spectral flux, each min–max normalised in the window) if that frame is quiet against
 * the window. Of several least frames the middle of the longest run counts, so that a silent pause is split in its middle; a window
 * of digital silence moves nothing.
 *
 * @param gap seconds between the neighbouring characters; null at the clip's outer edges.
 */
export function refineBoundary(clip: Clip, candidate: number, gap: readonly [number, number] | null, weights: RefineWeights): Refined {
  const { wave, sampleRate } = clip;
  const [middle, half] = gap === null ? [candidate, LONE_MARGIN_S] : [(gap[0] + gap[1]) / 2, (gap[1] - gap[0]) / 2 + GAP_MARGIN_S];
  const [centre, reach] = [Math.floor(middle * sampleRate), Math.floor(half * sampleRate)];
  const start = Math.max(0, centre - reach);
  const end = Math.min(wave.length, centre + reach);
  if (end - start < FRAME) return { time: candidate, refined: false };
  const { rms, flux } = analyse(wave.subarray(start, end));
  const [energies, fluxes] = [normalised(rms), normalised(flux)];
  const cost = energies.map((e, k) => weights.energy * e + weights.flux * (fluxes[k] as number));
  const chosen = middleOfLeast(cost);
  const mean = rms.reduce((a, b) => a + b, 0) / rms.length;
  const quiet = mean > 0 && (rms[chosen] as number) <= QUIET_SHARE * mean;
  return quiet ? { time: (start + chosen * HOP) / sampleRate, refined: true } : { time: candidate, refined: false };
}

interface Analysis {
  readonly rms: Float64Array;
  readonly flux: Float64Array;
}

/**
 * Frames centred on every 64th sample, zeros beyond the window: RMS, and flux = Σ (|X_{t+1}| − |X_t|)² over the magnitudes of a Hann-windowed
 * transform (0 at the last frame).
 */
export function analyse(samples: Float32Array): Analysis {
  const frames = Math.floor(samples.length / HOP) + 1;
  const padded = new Float64Array(samples.length + FRAME);
  padded.set(samples, FRAME / 2);
  const hann = Float64Array.from({ length: FRAME }, (_, k) => 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / FRAME));
  const fft = createRealFft(FRAME);
  const rms = new Float64Array(frames);
  const flux = new Float64Array(frames);
  let before: Float64Array | null = null;
  for (let t = 0; t < frames; t++) {
    const frame = padded.subarray(t * HOP, t * HOP + FRAME);
    rms[t] = Math.sqrt(frame.reduce((sum, x) => sum + x * x, 0) / FRAME);
    const bins = fft.forward(frame.map((x, k) => x * (hann[k] as number)));
    const magnitudes = Float64Array.from({ length: FRAME / 2 + 1 }, (_, k) => Math.hypot(bins[2 * k] as number, bins[2 * k + 1] as number));
    if (before !== null) flux[t - 1] = squaredDistance(magnitudes, before);
    before = magnitudes;
  }
  return { rms, flux };
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, k) => sum + (x - (b[k] as number)) ** 2, 0);
}

/** Min–max, 0 where all are equal. */
function normalised(values: Float64Array): Float64Array {
  const low = values.reduce((a, b) => Math.min(a, b));
  const range = values.reduce((a, b) => Math.max(a, b)) - low;
  return values.map((x) => (range > 0 ? (x - low) / range : 0));
}

function middleOfLeast(cost: Float64Array): number {
  const least = cost.reduce((a, b) => Math.min(a, b));
  let [best, length, first] = [0, 0, -1];
  for (let k = 0; k <= cost.length; k++) {
    const tied = k < cost.length && (cost[k] as number) - least <= 1e-12;
    if (tied && first < 0) first = k;
    if (tied || first < 0) continue;
    if (k - first > length) [best, length] = [Math.floor((first + k - 1) / 2), k - first];
    first = -1;
  }
  return best;
}
