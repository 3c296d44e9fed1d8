import { float64At } from "../../util/elements.js";
import { createRealFft } from "../signal/fft.js";
import { type HtkBank, htkFilterbank } from "./htk.js";
import { sparseRows, weighted } from "./mel.js";

interface Spectrum {
  readonly frames: number;
  /** `nFft` is a power of two. */
  readonly bank: HtkBank;
  /** Writes the windowed samples of frame `t` to the beginning of `into` (`[nFft]`), whose rest is 0. */
  frame(t: number, into: Float64Array): void;
  /** Of a mel magnitude. */
  log(magnitude: number): number;
}

/** The logarithm of HTK's mel magnitude, as Gemma's extractors take it. @returns `[frames, bins]` */
export function logMagnitude({ frames, bank, frame, log }: Spectrum): Float32Array {
  const { nFft: size, bins } = bank;
  const filters = sparseRows(htkFilterbank(bank), size / 2 + 1);
  const fft = createRealFft(size);
  const samples = new Float64Array(size);
  const magnitude = new Float64Array(size / 2 + 1);
  const data = new Float32Array(frames * bins);
  for (let t = 0; t < frames; t++) {
    frame(t, samples);
    const spectrum = fft.forward(samples);
    for (let k = 0; k < magnitude.length; k++) magnitude[k] = Math.hypot(float64At(spectrum, 2 * k), float64At(spectrum, 2 * k + 1));
    filters.forEach((filter, bin) => {
      data[t * bins + bin] = log(weighted(filter, magnitude));
    });
  }
  return data;
}
