import { joinFloats } from "../../util/arrays.js";
import { createResampler } from "../signal/resample.js";

/** Takes a file's sound as it comes. */
export interface Sink<T> {
  /** @param samples one channel; not kept changed. */
  add(samples: Float32Array, sampleRate: number): void;
  end(): T;
}

/** Keeps all samples at the file's own rate. */
export function collector(): Sink<Float32Array> {
  const parts: Float32Array[] = [];
  return { add: (samples) => void parts.push(samples), end: () => concat(parts) };
}

/** Keeps the samples at `rate` Hz only: a clip of 384 kHz takes no more memory than one of 16 kHz. */
export function resampling(rate: number): Sink<Float32Array> {
  const parts: Float32Array[] = [];
  let resampler: ReturnType<typeof createResampler> | null = null;
  return {
    add(samples, sampleRate) {
      resampler ??= createResampler(sampleRate, rate);
      parts.push(resampler.add(samples));
    },
    end() {
      if (resampler !== null) parts.push(resampler.end());
      return concat(parts);
    },
  };
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const [first] = parts;
  return first !== undefined && parts.length === 1 ? first : joinFloats(parts);
}
