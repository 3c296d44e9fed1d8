import { float64At } from "../../util/elements.js";
import type { FrontEnd } from "./front_end.js";
import { periodicHann } from "./htk.js";
import { logMagnitude } from "./htk_magnitude.js";

/** Of the published configuration of Gemma 3n's feature extractor. */
export interface Gemma3nConfig {
  readonly sampling_rate: number;
  /** Samples of a frame, which stands at the beginning of `fft_length`, a power of two. */
  readonly frame_length: number;
  readonly hop_length: number;
  readonly fft_length: number;
  readonly feature_size: number;
  readonly min_frequency: number;
  readonly max_frequency: number;
  /** Part of the sample before that is taken off a sample, within a frame. */
  readonly preemphasis: number;
  /** The mel magnitude is no less. */
  readonly mel_floor: number;
}

/** What Gemma 3n was published with, where a file leaves something out. */
export const GEMMA3N: Gemma3nConfig = {
  sampling_rate: 16_000,
  frame_length: 512,
  hop_length: 160,
  fft_length: 1_024,
  feature_size: 128,
  min_frequency: 125,
  max_frequency: 7_600,
  preemphasis: 0.97,
  mel_floor: 1e-5,
};

/** Clips are filled up to a multiple of so many samples. */
const MULTIPLE = 128;

/**
 * Gemma 3n's log-mel: frames that begin in the clip and end in what fills it up, HTK's pre-emphasis inside of each, natural logarithm of HTK's mel
 * magnitude or of a floor. Every frame counts. A frame takes one sample more than it uses, so that a clip is filled up to one frame and a sample at least.
 */
export function gemma3nFrontEnd(config: Gemma3nConfig): FrontEnd {
  const {
    sampling_rate: rate,
    frame_length: length,
    hop_length: hop,
    fft_length: nFft,
    feature_size: bins,
    preemphasis,
    mel_floor,
  } = config;
  const filled = (samples: number): number => Math.ceil(Math.max(samples, length + 1) / MULTIPLE) * MULTIPLE;
  const framesOf = (samples: number): number => Math.floor((filled(samples) - length - 1) / hop) + 1;
  return {
    rate,
    hop,
    bins,
    framesOf,
    soundFrames: framesOf,
    features(wave) {
      const frames = framesOf(wave.length);
      const window = periodicHann(length, length);
      const at = (sample: number): number => wave[sample] ?? 0;
      const frame = (t: number, into: Float64Array): void => {
        const first = t * hop;
        into[0] = at(first) * (1 - preemphasis) * float64At(window, 0);
        for (let i = 1; i < length; i++) into[i] = (at(first + i) - preemphasis * at(first + i - 1)) * float64At(window, i);
      };
      const bank = { rate, nFft, bins, fMin: config.min_frequency, fMax: config.max_frequency };
      return { bins, frames, data: logMagnitude({ frames, bank, frame, log: (magnitude) => Math.log(Math.max(magnitude, mel_floor)) }) };
    },
    framewise: null,
  };
}
