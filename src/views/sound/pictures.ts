import { encode } from "fast-png";
import { logMel, type MelConfig } from "../../audio/front_ends/mel.js";
import { resample } from "../../audio/signal/resample.js";
import type { Wave } from "./clips.js";

/** Least and greatest sample of one column, in shares of the clip's largest |sample|. */
export interface Column {
  readonly atS: number;
  readonly low: number;
  readonly high: number;
}

/** The waveform from `fromS` to `toS` in `columns` columns. */
export function envelope({ samples, sampleRate }: Wave, fromS: number, toS: number, columns: number): readonly Column[] {
  const peak = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9);
  return Array.from({ length: columns }, (_, i) => {
    const at = (column: number): number => Math.floor((fromS + ((toS - fromS) * column) / columns) * sampleRate);
    const part = samples.subarray(at(i), Math.max(at(i) + 1, at(i + 1)));
    const low = part.reduce((a, b) => Math.min(a, b), 0);
    const high = part.reduce((a, b) => Math.max(a, b), 0);
    return { atS: fromS + ((toS - fromS) * (i + 0.5)) / columns, low: low / peak, high: high / peak };
  });
}

/** What a spectrogram shows: 8 kHz of 64 mel bands, 10 ms apart. The same for every clip, whatever the model's own front end is. */
const RATE = 16_000;
const HOP_S = 0.01;
const MEL: MelConfig = {
  sampleRate: RATE,
  nFft: 512,
  winLength: 400,
  hopLength: RATE * HOP_S,
  nMels: 64,
  fMin: 0,
  fMax: RATE / 2,
  preEmphasis: 0.97,
  logZeroGuard: 2 ** -24,
  padTo: 0,
};
/** Shown below the loudest point, in natural logarithms of power: 60 dB. */
const RANGE = 6 * Math.LN10;

/** A mel spectrogram from `fromS` to `toS` as a PNG, dark = loud, low frequencies at the bottom. */
export function spectrogramPng({ samples, sampleRate }: Wave, fromS: number, toS: number): Uint8Array {
  const { data, bins, frames } = logMel(resample(samples, sampleRate, RATE), MEL);
  const loudest = data.reduce((most, x) => Math.max(most, x), -Infinity);
  const [first, last] = [Math.floor(fromS / HOP_S), Math.min(frames, Math.max(Math.floor(fromS / HOP_S) + 1, Math.ceil(toS / HOP_S)))];
  const width = last - first;
  const pixels = new Uint8Array(width * bins);
  for (let t = 0; t < width; t++) {
    for (let bin = 0; bin < bins; bin++) {
      const below = (loudest - (data[(first + t) * bins + bin] ?? -Infinity)) / RANGE;
      pixels[(bins - 1 - bin) * width + t] = Math.round(255 * Math.min(1, Math.max(0, below)));
    }
  }
  return encode({ width, height: bins, data: pixels, channels: 1, depth: 8 });
}
