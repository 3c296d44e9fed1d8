import FFT from "fft.js";

/** Discrete Fourier transforms of real signals of one size; complex arrays interleave (re, im). */
export interface RealFft {
  readonly size: number;
  /** Real frame `[size]` → bins 0 … size/2 as `[(size / 2 + 1) · 2]`. The result is reused by the next call. */
  forward(frame: Float64Array): Float64Array;
  /**
   * Bins 0 … size/2 → real frame `[size]`, scaled by 1/size. As in any real inverse transform the imaginary parts of
   * bins 0 and size/2 are ignored. The result is reused by the next call.
   */
  inverse(bins: Float64Array): Float64Array;
}

/** @param size a multiple of 4, best a power of two times a small odd factor (512, 1280 = 5 · 256, 400 = 25 · 16). */
export function createRealFft(size: number): RealFft {
  const dft = createDft(size);
  const input = new Float64Array(2 * size);
  const output = new Float64Array(2 * size);
  const bins = new Float64Array(size + 2);
  const real = new Float64Array(size);
  return {
    size,
    forward(frame) {
      for (let i = 0; i < size; i++) {
        input[2 * i] = frame[i] as number;
        input[2 * i + 1] = 0;
      }
      dft(output, input);
      bins.set(output.subarray(0, size + 2));
      return bins;
    },
    inverse(half) {
      mirrorConjugate(input, half, size);
      dft(output, input);
      for (let i = 0; i < size; i++) real[i] = (output[2 * i] as number) / size;
      return real;
    },
  };
}

/**
 * The conjugate of the whole spectrum that `half` stands for: a forward transform of it is the conjugate of the inverse
 * transform, so that one direction serves both.
 */
function mirrorConjugate(whole: Float64Array, half: Float64Array, size: number): void {
  whole.fill(0);
  whole[0] = half[0] as number;
  whole[size] = half[size] as number;
  for (let k = 1; k < size / 2; k++) {
    const re = half[2 * k] as number;
    const im = half[2 * k + 1] as number;
    whole[2 * k] = re;
    whole[2 * k + 1] = -im;
    whole[2 * (size - k)] = re;
    whole[2 * (size - k) + 1] = im;
  }
}

type Dft = (out: Float64Array, data: Float64Array) => void;

/** Forward complex transform of any size with a factor 4: odd factors are split off by one step of decimation in time (Cooley and Tukey 1965). */
function createDft(size: number): Dft {
  if (!(size > 0 && size % 4 === 0)) throw new RangeError(`no transform of size ${size}: valid sizes are multiples of 4`);
  let odd = size;
  while (odd % 2 === 0) odd /= 2;
  const inner = size / odd;
  const fft = new FFT(inner);
  if (odd === 1) return (out, data) => fft.transform(out, data);
  return createMixed(size, odd, inner, fft);
}

/** X[k] = Σ_r e^{−2πi rk/size} · DFT_inner(x[odd·q + r])[k mod inner] */
function createMixed(size: number, odd: number, inner: number, fft: FFT): Dft {
  const cos = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sin = Float64Array.from({ length: size }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
  const part = new Float64Array(2 * inner);
  const transformed = new Float64Array(2 * inner);
  return (out, data) => {
    out.fill(0);
    for (let r = 0; r < odd; r++) {
      for (let q = 0; q < inner; q++) {
        part[2 * q] = data[2 * (odd * q + r)] as number;
        part[2 * q + 1] = data[2 * (odd * q + r) + 1] as number;
      }
      fft.transform(transformed, part);
      for (let k = 0; k < size; k++) {
        const c = cos[(r * k) % size] as number;
        const s = sin[(r * k) % size] as number;
        const re = transformed[2 * (k % inner)] as number;
        const im = transformed[2 * (k % inner) + 1] as number;
        out[2 * k] = (out[2 * k] as number) + re * c - im * s;
        out[2 * k + 1] = (out[2 * k + 1] as number) + re * s + im * c;
      }
    }
  };
}
