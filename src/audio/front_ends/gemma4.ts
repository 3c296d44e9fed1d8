import { float64At } from "../../util/elements.js";
import type { FrontEnd } from "./front_end.js";
import { periodicHann } from "./htk.js";
import { logMagnitude } from "./htk_magnitude.js";
import type { Mel } from "./mel.js";

/** Of the published configuration of Gemma 4's feature extractor. */
export interface Gemma4Config {
  readonly sampling_rate: number;
  /** Samples of a frame, which stands at the beginning of `fft_length`, a power of two. */
  readonly frame_length: number;
  readonly hop_length: number;
  readonly fft_length: number;
  readonly feature_size: number;
  readonly min_frequency: number;
  readonly max_frequency: number;
  /** Added to the mel magnitude before the logarithm. */
  readonly mel_floor: number;
}

/** What Gemma 4 was published with, where a file leaves something out. */
export const GEMMA4: Gemma4Config = {
  sampling_rate: 16_000,
  frame_length: 320,
  hop_length: 160,
  fft_length: 512,
  feature_size: 128,
  min_frequency: 0,
  max_frequency: 8_000,
  mel_floor: 1e-3,
};

/** Clips are filled up to a multiple of so many samples. */
const MULTIPLE = 128;

/**
 * Gemma 4's log-mel: half a frame of silence in front and none behind, natural logarithm of HTK's mel magnitude and a floor. A frame counts
 * where the sample behind it is the clip's; those that do not are 0. They are left to the encoder, which is told.
 */
export function gemma4FrontEnd(config: Gemma4Config): FrontEnd {
  const { sampling_rate: rate, frame_length: length, hop_length: hop, feature_size: bins } = config;
  const before = Math.floor(length / 2);
  // Of less, no frame would count.
  const least = (samples: number): number => Math.max(samples, length + 1 - before);
  const frames = (samples: number): number => Math.floor((samples + before - length - 1) / hop) + 1;
  const framesOf = (samples: number): number => frames(Math.ceil(least(samples) / MULTIPLE) * MULTIPLE);
  const validFrames = (samples: number): number => frames(least(samples));
  return {
    rate,
    hop,
    bins,
    framesOf,
    soundFrames: validFrames,
    validFrames,
    features(wave): Mel {
      const valid = validFrames(wave.length);
      const data = new Float32Array(framesOf(wave.length) * bins);
      data.set(logMel(wave, valid, config));
      return { bins, frames: data.length / bins, valid, data };
    },
    framewise: null,
  };
}

/** `[frames, feature_size]` */
function logMel(wave: Float32Array, frames: number, config: Gemma4Config): Float32Array {
  const { sampling_rate: rate, frame_length: length, hop_length: hop, fft_length: nFft, feature_size: bins, mel_floor } = config;
  const window = periodicHann(length, length);
  const before = Math.floor(length / 2);
  const frame = (t: number, into: Float64Array): void => {
    for (let i = 0; i < length; i++) into[i] = (wave[t * hop + i - before] ?? 0) * float64At(window, i);
  };
  const bank = { rate, nFft, bins, fMin: config.min_frequency, fMax: config.max_frequency };
  return logMagnitude({ frames, bank, frame, log: (magnitude) => Math.log(magnitude + mel_floor) });
}
