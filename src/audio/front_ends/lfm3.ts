import { float64At } from "../../util/elements.js";
import { remember } from "../memory.js";
import { createRealFft } from "../signal/fft.js";
import type { Framewise, FrontEnd } from "./front_end.js";
import { periodicHann } from "./htk.js";
import { type Mel, melFilterbank, sparseRows, weighted } from "./mel.js";

/** The log-mel front end of LFM3-Audio, by the names of its `config.json`. */
export interface Lfm3MelConfig {
  readonly sample_rate: number;
  /** Samples of a window, a multiple of 4, which the transform is of, too. */
  readonly n_fft: number;
  readonly hop_length: number;
  readonly n_mels: number;
  readonly f_min: number;
  readonly f_max: number;
  /** The least power of ten of a bin. */
  readonly logmel_floor: number;
  /** A bin is fed as (log10 + offset) / divisor. */
  readonly normalization: { readonly offset: number; readonly divisor: number };
}

/** What LFM3-Audio-2B was published with, where a file leaves something out. */
export const LFM3_MEL: Lfm3MelConfig = {
  sample_rate: 16_000,
  n_fft: 400,
  hop_length: 160,
  n_mels: 128,
  f_min: 0,
  f_max: 8_000,
  logmel_floor: -12,
  normalization: { offset: 4, divisor: 4 },
};

/**
 * LFM3-Audio's log-mel: windows that begin in the clip, which is filled up with zeros behind so that the last one ends where it ends; log10 of Slaney's mel
 * power or of a floor. No frame depends on another, so that frames are masked apart.
 */
export function lfm3FrontEnd(config: Lfm3MelConfig): FrontEnd {
  const { sample_rate: rate, n_fft: size, hop_length: hop, n_mels: bins, logmel_floor: floor, normalization } = config;
  const framesOf = (samples: number): number => Math.ceil((Math.max(samples, size) - size) / hop) + 1;
  const { offset, divisor } = normalization;
  const framewise: Framewise = {
    raw: (wave) => remember(wave, JSON.stringify(config), () => logPower(wave, framesOf(wave.length), config)),
    spare: 0,
    normalise: (mel) => ({ ...mel, data: mel.data.map((value) => (value + offset) / divisor) }),
    pad: (mel) => mel,
    silence: floor,
  };
  return {
    ...{ rate, hop, bins, framesOf, soundFrames: framesOf, framewise },
    features: (wave) => framewise.normalise(framewise.raw(wave), framesOf(wave.length)),
  };
}

/** `[frames, n_mels]` */
function logPower(wave: Float32Array, frames: number, config: Lfm3MelConfig): Mel {
  const { sample_rate: sampleRate, n_fft: nFft, hop_length: hop, n_mels: bins, f_min: fMin, f_max: fMax, logmel_floor } = config;
  const window = periodicHann(nFft, nFft);
  const filters = sparseRows(melFilterbank({ sampleRate, nFft, nMels: bins, fMin, fMax }), nFft / 2 + 1);
  const fft = createRealFft(nFft);
  const frame = new Float64Array(nFft);
  const power = new Float64Array(nFft / 2 + 1);
  const least = 10 ** logmel_floor;
  const data = new Float32Array(frames * bins);
  for (let t = 0; t < frames; t++) {
    for (let i = 0; i < nFft; i++) frame[i] = (wave[t * hop + i] ?? 0) * float64At(window, i);
    const spectrum = fft.forward(frame);
    for (let k = 0; k < power.length; k++) power[k] = float64At(spectrum, 2 * k) ** 2 + float64At(spectrum, 2 * k + 1) ** 2;
    filters.forEach((filter, bin) => {
      data[t * bins + bin] = Math.log10(Math.max(weighted(filter, power), least));
    });
  }
  return { bins, frames, data };
}
