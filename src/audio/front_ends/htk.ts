/** The bank of triangular filters. */
export interface HtkBank {
  readonly rate: number;
  readonly nFft: number;
  readonly bins: number;
  readonly fMin: number;
  readonly fMax: number;
}

/**
 * Triangles of height 1 on HTK's mel scale, `2595 log10(1 + f / 700)`: torchaudio's `melscale_fbanks` with its defaults.
 *
 * @returns `[bins, nFft / 2 + 1]` row-major.
 */
export function htkFilterbank({ rate, nFft, bins, fMin, fMax }: HtkBank): Float64Array {
  const width = nFft / 2 + 1;
  const low = hzToMel(fMin);
  const step = (hzToMel(fMax) - low) / (bins + 1);
  const edge = (i: number): number => melToHz(low + step * i);
  const matrix = new Float64Array(bins * width);
  for (let m = 0; m < bins; m++) {
    const [left, centre, right] = [edge(m), edge(m + 1), edge(m + 2)];
    for (let k = 0; k < width; k++) {
      const f = (k * rate) / nFft;
      matrix[m * width + k] = Math.max(0, Math.min((f - left) / (centre - left), (right - f) / (right - centre)));
    }
  }
  return matrix;
}

/** `0.5 − 0.5 cos(2πk / length)` in the middle of `size` samples: torch's periodic window. */
export function periodicHann(length: number, size: number): Float64Array {
  const window = new Float64Array(size);
  const offset = Math.floor((size - length) / 2);
  for (let k = 0; k < length; k++) window[offset + k] = 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / length);
  return window;
}

const hzToMel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);

const melToHz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);
