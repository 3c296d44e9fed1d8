/** fft.js 4.0.4 ships no types; only what is used here is declared. Complex arrays interleave (re, im). */
declare module "fft.js" {
  export default class FFT {
    /** @param size a power of two, at least 2. */
    constructor(size: number);
    /** Real input of `size` → the first `size / 2 + 1` complex bins of `out`. */
    realTransform(out: Float64Array, data: Float64Array): void;
    transform(out: Float64Array, data: Float64Array): void;
    /** Scaled by 1 / size. */
    inverseTransform(out: Float64Array, data: Float64Array): void;
  }
}
