import { float64At } from "../../util/elements.js";
import { createRealFft } from "../signal/fft.js";
import type { FrontEnd } from "./front_end.js";
import { htkFilterbank, periodicHann } from "./htk.js";
import { type Mel, sparseRows, weighted } from "./mel.js";

/** Of the published `preprocessor_config.json` of Granite-speech. */
export interface GraniteConfig {
  readonly sample_rate: number;
  /** A power of two. */
  readonly n_fft: number;
  /** Samples of the window, which stands in the middle of `n_fft`. */
  readonly win_length: number;
  readonly hop_length: number;
  readonly n_mels: number;
}

/** What Granite-speech was published with, where a file leaves something out. */
export const GRANITE: GraniteConfig = { sample_rate: 16_000, n_fft: 512, win_length: 400, hop_length: 160, n_mels: 80 };

/** Neighbouring frames that are fed as one. */
const STACKED = 2;
/** Least power of a bin. */
const FLOOR = 1e-10;
/** Powers of ten below the loudest bin that are heard. */
const RANGE = 8;

/**
 * Granite-speech's log-mel, as its extractor makes it of torchaudio's spectrogram: the wave reflected at its ends, log10 of HTK's mel power, no
 * more than 8 below the loudest of the whole waveform, which is why frames cannot be masked apart; a quarter of it and 1. Two frames are fed as
 * one; an odd one at the end is left out, loud as it may be.
 */
export function graniteFrontEnd(config: GraniteConfig): FrontEnd {
  const { sample_rate: rate, n_fft: size, hop_length: hop, n_mels: mels } = config;
  // Shorter sound than a window has no reflection to begin and end with.
  const single = (samples: number): number => Math.floor(Math.max(samples, size) / hop) + 1;
  const framesOf = (samples: number): number => Math.floor(single(samples) / STACKED);
  const bins = mels * STACKED;
  return {
    rate,
    hop: hop * STACKED,
    bins,
    framesOf,
    soundFrames: framesOf,
    features(wave): Mel {
      const data = logPower(wave, single(wave.length), config);
      let loudest = -Infinity;
      for (const value of data) loudest = Math.max(loudest, value);
      const frames = framesOf(wave.length);
      return { bins, frames, data: data.subarray(0, frames * bins).map((value) => Math.max(value, loudest - RANGE) / 4 + 1) };
    },
    framewise: null,
  };
}

/** `[frames, n_mels]` */
function logPower(wave: Float32Array, frames: number, config: GraniteConfig): Float32Array {
  const { sample_rate: rate, n_fft: size, win_length: length, hop_length: hop, n_mels: mels } = config;
  const window = periodicHann(length, size);
  const filters = sparseRows(htkFilterbank({ rate, nFft: size, bins: mels, fMin: 0, fMax: rate / 2 }), size / 2 + 1);
  const fft = createRealFft(size);
  const frame = new Float64Array(size);
  const power = new Float64Array(size / 2 + 1);
  const last = Math.max(wave.length, size) - 1;
  const data = new Float32Array(frames * mels);
  for (let t = 0; t < frames; t++) {
    for (let i = 0; i < size; i++) frame[i] = (wave[reflected(t * hop + i - size / 2, last)] ?? 0) * float64At(window, i);
    const spectrum = fft.forward(frame);
    for (let k = 0; k < power.length; k++) power[k] = float64At(spectrum, 2 * k) ** 2 + float64At(spectrum, 2 * k + 1) ** 2;
    filters.forEach((filter, bin) => {
      data[t * mels + bin] = Math.log10(Math.max(weighted(filter, power), FLOOR));
    });
  }
  return data;
}

/** A place beyond the ends, mirrored at the first and the last sample. */
function reflected(at: number, last: number): number {
  const inside = Math.abs(at);
  return inside > last ? 2 * last - inside : inside;
}
