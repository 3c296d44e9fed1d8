export type WavEncoding = "pcm16" | "float32";

/** Readers divide 16-bit numbers by this. */
const FULL_SCALE = 32_768;

/**
 * A mono wave file. In 16 bits a sample is rounded to the nearest of 32,768ths, so that what was read from a file of 16 bits is written as it stood there; samples
 * outside of what these hold are clamped. In float they are kept.
 *
 * @param samples `[samples]`, finite.
 */
export function writeWav(samples: Float32Array, sampleRate: number, encoding: WavEncoding = "pcm16"): Uint8Array {
  const width = encoding === "pcm16" ? 2 : 4;
  const bytes = new Uint8Array(44 + samples.length * width);
  const view = new DataView(bytes.buffer);
  header(view, samples.length * width, sampleRate, width);
  samples.forEach((x, n) => {
    if (width === 4) view.setFloat32(44 + 4 * n, x, true);
    else view.setInt16(44 + 2 * n, Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, Math.round(x * FULL_SCALE))), true);
  });
  return bytes;
}

function header(view: DataView, dataBytes: number, sampleRate: number, width: number): void {
  const text = (at: number, chars: string): void => {
    for (let i = 0; i < chars.length; i++) view.setUint8(at + i, chars.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, 36 + dataBytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, width === 4 ? 3 : 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * width, true);
  view.setUint16(32, width, true);
  view.setUint16(34, width * 8, true);
  text(36, "data");
  view.setUint32(40, dataBytes, true);
}
