import { AudioError } from "../errors.js";
import { checkSeconds, type DecodeLimits } from "./limits.js";
import { checkRate } from "./resample.js";
import { type SampleReader, sampleReader } from "./wav_samples.js";

/** One channel (the mean of the file's channels) at the file's own rate. */
export interface Waveform {
  readonly samples: Float32Array;
  readonly sampleRate: number;
  /** Channels of the file. */
  readonly channels: number;
  /** What was odd about the file though it could be read. */
  readonly notes: readonly string[];
}

interface Format {
  readonly code: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bytesPerSample: number;
  readonly reader: SampleReader;
}

const EXTENSIBLE = 0xfffe;
const MAX_CHANNELS = 64;

export function isWav(bytes: Uint8Array): boolean {
  const head = ascii(bytes, 0, 4);
  return (head === "RIFF" || head === "RF64" || head === "RIFX") && ascii(bytes, 8, 4) === "WAVE";
}

/**
 * Reads a RIFF/RF64 wave file: PCM of 8, 16, 24 or 32 bits, float of 32 or 64, A-law, µ-law, plain or extensible. A data chunk that is
 * cut short, or whose size was never filled in (0 or 0xFFFFFFFF, as streaming writers leave it), ends where the file ends.
 *
 * @throws AudioError saying what is wrong with the file.
 */
export function readWav(bytes: Uint8Array, limits: DecodeLimits): Waveform {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (ascii(bytes, 0, 4) === "RIFX") throw new AudioError("big-endian wave files (RIFX) are not supported");
  let format: Format | null = null;
  for (const chunk of chunks(bytes, view)) {
    if (chunk.id === "fmt ") format = readFormat(view, chunk.start, chunk.end);
    if (chunk.id !== "data") continue;
    if (format === null) throw new AudioError("the wave file has no format chunk before its data");
    return readData(view, chunk, format, limits);
  }
  throw new AudioError(format === null ? "the wave file has no format chunk" : "the wave file has no data chunk");
}

interface Chunk {
  readonly id: string;
  readonly start: number;
  readonly end: number;
  /** The declared size reaches past the end of the file. */
  readonly truncated: boolean;
}

function* chunks(bytes: Uint8Array, view: DataView): Generator<Chunk> {
  let at = 12;
  while (at + 8 <= bytes.length) {
    const id = ascii(bytes, at, 4);
    const declared = view.getUint32(at + 4, true);
    const start = at + 8;
    const streamed = id === "data" && (declared === 0xffffffff || (declared === 0 && !chunkFollows(bytes, start)));
    const wanted = streamed ? bytes.length - start : declared;
    yield { id, start, end: Math.min(bytes.length, start + wanted), truncated: start + wanted > bytes.length };
    at = start + wanted + (wanted % 2);
  }
}

/** A data chunk of size 0 is really empty where another chunk, or nothing, follows. */
function chunkFollows(bytes: Uint8Array, at: number): boolean {
  return at >= bytes.length || /^(LIST|fact|id3 |ID3 |bext|cue |smpl|PEAK)$/.test(ascii(bytes, at, 4));
}

function readFormat(view: DataView, start: number, end: number): Format {
  if (end - start < 16) throw new AudioError(`the wave file's format chunk has ${end - start} bytes; it needs 16`);
  const tag = view.getUint16(start, true);
  const extended = tag === EXTENSIBLE && end - start >= 40;
  const code = extended ? view.getUint16(start + 24, true) : tag;
  const channels = view.getUint16(start + 2, true);
  const sampleRate = view.getUint32(start + 4, true);
  const blockAlign = view.getUint16(start + 12, true);
  const bits = view.getUint16(start + 14, true);
  if (channels < 1 || channels > MAX_CHANNELS)
    throw new AudioError(`the wave file declares ${channels} channels; valid are 1 to ${MAX_CHANNELS}`);
  checkRate(sampleRate);
  const bytesPerSample = Math.ceil(bits / 8);
  const reader = sampleReader(code, bytesPerSample);
  if (reader === null) {
    throw new AudioError(
      `wave format ${code} with ${bits} bits is not supported: valid are PCM of 8, 16, 24 or 32 bits, float of 32 or 64, A-law and µ-law`,
    );
  }
  if (blockAlign !== channels * bytesPerSample) {
    throw new AudioError(`the wave file's block size is ${blockAlign} bytes, not ${channels} channels of ${bytesPerSample}`);
  }
  return { code, channels, sampleRate, bytesPerSample, reader };
}

function readData(view: DataView, chunk: Chunk, format: Format, limits: DecodeLimits): Waveform {
  const { channels, sampleRate, bytesPerSample, reader } = format;
  const block = channels * bytesPerSample;
  const length = Math.floor((chunk.end - chunk.start) / block);
  checkSeconds(length / sampleRate, limits);
  const samples = new Float32Array(length);
  for (let n = 0; n < length; n++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += reader(view, chunk.start + n * block + c * bytesPerSample);
    samples[n] = sum / channels;
  }
  const notes = chunk.truncated ? [`the file is cut short: it declares more samples than the ${length} that are there`] : [];
  return { samples, sampleRate, channels, notes };
}

export function ascii(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", start, start + length);
}
