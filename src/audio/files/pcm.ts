/** Samples of each channel, equally many, full scale ±1. */
export interface Pcm {
  readonly channelData: readonly (Float32Array | Float64Array)[];
  readonly sampleRate: number;
}

export const NO_PCM: Pcm = { channelData: [], sampleRate: 0 };

/** How one sample stands in a file. */
export interface SampleFormat {
  readonly coding: "signed" | "unsigned" | "float" | "a-law" | "mu-law";
  readonly bytes: number;
  readonly bigEndian: boolean;
}

/** Reads the sample at a byte offset, full scale = ±1. */
export type SampleReader = (view: DataView, offset: number) => number;

/** null where no file has such samples. */
export function sampleReader({ coding, bytes, bigEndian }: SampleFormat): SampleReader | null {
  const little = !bigEndian;
  switch (`${coding}/${bytes}`) {
    case "unsigned/1":
      return (view, at) => (view.getUint8(at) - 128) / 128;
    case "signed/1":
      return (view, at) => view.getInt8(at) / 128;
    case "signed/2":
      return (view, at) => view.getInt16(at, little) / 2 ** 15;
    case "signed/3":
      return little
        ? (view, at) => (view.getUint8(at) + 256 * view.getInt16(at + 1, true)) / 2 ** 23
        : (view, at) => (256 * view.getInt16(at, false) + view.getUint8(at + 2)) / 2 ** 23;
    case "signed/4":
      return (view, at) => view.getInt32(at, little) / 2 ** 31;
    case "float/4":
      return (view, at) => view.getFloat32(at, little);
    case "float/8":
      return (view, at) => view.getFloat64(at, little);
    case "a-law/1":
      return (view, at) => aLaw(view.getUint8(at)) / 2 ** 15;
    case "mu-law/1":
      return (view, at) => muLaw(view.getUint8(at)) / 2 ** 15;
    default:
      return null;
  }
}

/** Where interleaved samples lie in a file. */
export interface Interleaved {
  readonly start: number;
  readonly end: number;
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of one sample of one channel in the file; may be more than the sample has. */
  readonly stride: number;
  readonly reader: SampleReader;
}

/** Samples a channel that are read at a time. */
const BLOCK = 65_536;

/** Interleaved samples, block by block; an incomplete last sample is left out. */
export function* readInterleaved(view: DataView, { start, end, channels, sampleRate, stride, reader }: Interleaved): Generator<Pcm> {
  const frame = channels * stride;
  const length = Math.floor((end - start) / frame);
  for (let from = 0; from < length; from += BLOCK) {
    const samples = Math.min(BLOCK, length - from);
    const channelData = Array.from({ length: channels }, () => new Float64Array(samples));
    channelData.forEach((channel, c) => {
      for (let n = 0, at = start + from * frame + c * stride; n < samples; n++, at += frame) channel[n] = reader(view, at);
    });
    yield { channelData, sampleRate };
  }
}

/** ITU-T G.711 A-law → 16-bit linear. */
function aLaw(byte: number): number {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const mantissa = ((code & 15) << 4) + (exponent === 0 ? 8 : 0x108);
  const magnitude = exponent > 1 ? mantissa << (exponent - 1) : mantissa;
  return code & 0x80 ? magnitude : -magnitude;
}

/** ITU-T G.711 µ-law → 16-bit linear. */
function muLaw(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84;
  return code & 0x80 ? -magnitude : magnitude;
}
