import { AudioError } from "../../errors.js";
import { checkRate } from "../signal/resample.js";
import { ascii, viewOf } from "./bytes.js";
import { Mixer } from "./levels.js";
import { checkSamples, type DecodeLimits } from "./limits.js";
import { type Interleaved, type Pcm, readInterleaved, type SampleFormat, sampleReader } from "./pcm.js";

/** One channel (the mean of the file's channels) at the file's own rate. */
export interface Waveform {
  readonly samples: Float32Array;
  readonly sampleRate: number;
  /** Channels of the file. */
  readonly channels: number;
  /** What was odd about the file though it could be read. */
  readonly notes: readonly string[];
}

/** A wave file whose samples are coded in a way that is not read here. */
export class WavCodecError extends AudioError {
  override name = "AudioError";
}

/** Where a wave file's sound lies. */
export interface WavSound {
  readonly layout: Interleaved;
  readonly notes: readonly string[];
  /** Format tag: 1 PCM, 3 float … */
  readonly code: number;
  readonly bits: number;
}

interface Format {
  readonly code: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly blockAlign: number;
  readonly bits: number;
  /** Of an extensible format; 0 without. */
  readonly validBits: number;
}

const EXTENSIBLE = 0xfffe;
const MAX_CHANNELS = 64;
/** An honest file has a dozen before its sound. */
const MAX_CHUNKS = 10_000;
const PCM = 1;
export const MP3_IN_WAV = 0x55;
const VALID = "valid are PCM of 8, 16, 24 or 32 bits, float of 32 or 64, A-law and µ-law";

const CODINGS: Readonly<Record<number, SampleFormat["coding"]>> = { 1: "signed", 3: "float", 6: "a-law", 7: "mu-law" };
/** Codings that other programs read; the tags of RFC 2361. */
const NAMES: Readonly<Record<number, string>> = {
  2: "Microsoft ADPCM",
  17: "IMA ADPCM",
  20: "G.723 ADPCM",
  49: "GSM 6.10",
  64: "G.721 ADPCM",
  69: "G.726 ADPCM",
  80: "MPEG layer 1 or 2",
  [MP3_IN_WAV]: "mp3",
  101: "G.726 ADPCM",
  255: "AAC",
  352: "Windows Media Audio 1",
  353: "Windows Media Audio 2",
  8192: "AC-3",
  8193: "DTS",
  26447: "Vorbis",
};

export function isWav(bytes: Uint8Array): boolean {
  return /^(RIFF|RF64|RIFX|BW64)$/.test(ascii(bytes, 0, 4)) && ascii(bytes, 8, 4) === "WAVE";
}

/**
 * Reads a RIFF, RF64 or BW64 wave file: PCM of 8, 16, 24 or 32 bits, float of 32 or 64, A-law, µ-law, plain or extensible. A data chunk that
 * is cut short, or whose size was never filled in (0 or 0xFFFFFFFF, as streaming writers leave it), ends where the file ends.
 *
 * @throws AudioError saying what is wrong with the file.
 */
export function readWav(bytes: Uint8Array, limits: DecodeLimits): Waveform {
  const { layout, notes, code, bits } = wavSound(bytes, limits);
  if (code === MP3_IN_WAV) throw notRead(code, bits);
  const mixer = new Mixer();
  const samples = new Float32Array(Math.floor((layout.end - layout.start) / (layout.channels * layout.stride)));
  let at = 0;
  for (const part of wavParts(bytes, layout)) {
    samples.set(mixer.mix(part.channelData, part.sampleRate), at);
    at += part.channelData[0]?.length ?? 0;
  }
  return {
    samples,
    sampleRate: layout.sampleRate,
    channels: layout.channels,
    notes: [...notes, ...(samples.length > 0 ? mixer.notes() : [])],
  };
}

export function wavParts(bytes: Uint8Array, layout: Interleaved): Generator<Pcm> {
  return readInterleaved(viewOf(bytes), layout);
}

/** @throws WavCodecError for a coding that is not read here; AudioError for a damaged header; TooLongError. */
export function wavSound(bytes: Uint8Array, limits: DecodeLimits): WavSound {
  if (ascii(bytes, 0, 4) === "RIFX") throw new WavCodecError("big-endian wave files (RIFX) are not supported");
  const view = viewOf(bytes);
  let format: Format | null = null;
  for (const chunk of chunks(bytes, view)) {
    if (chunk.id === "fmt ") format = readFormat(view, chunk.start, chunk.end);
    if (chunk.id !== "data") continue;
    if (format === null) throw new AudioError("the wave file has no format chunk before its data");
    return soundOf(view, chunk, format, limits);
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
  const big = ascii(bytes, 0, 4) !== "RIFF";
  let dataSize: number | null = null;
  let at = 12;
  for (let count = 0; at + 8 <= bytes.length; count++) {
    if (count >= MAX_CHUNKS) throw new AudioError(`the wave file has more than ${MAX_CHUNKS} chunks before its data`);
    const id = ascii(bytes, at, 4);
    const declared = view.getUint32(at + 4, true);
    const start = at + 8;
    // RF64 and BW64 keep sizes of 64 bits in a chunk of their own, and 0xFFFFFFFF in place of them (EBU Tech 3306).
    if (big && id === "ds64" && start + 16 <= bytes.length) dataSize = Number(view.getBigUint64(start + 8, true));
    const known = id === "data" && declared === 0xffffffff ? dataSize : null;
    const streamed = id === "data" && known === null && (declared === 0xffffffff || (declared === 0 && !chunkFollows(bytes, start)));
    const wanted = known ?? (streamed ? bytes.length - start : declared);
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
  const channels = view.getUint16(start + 2, true);
  if (channels < 1 || channels > MAX_CHANNELS)
    throw new AudioError(`the wave file declares ${channels} channels; valid are 1 to ${MAX_CHANNELS}`);
  const sampleRate = view.getUint32(start + 4, true);
  checkRate(sampleRate);
  return {
    code: extended ? view.getUint16(start + 24, true) : tag,
    channels,
    sampleRate,
    blockAlign: view.getUint16(start + 12, true),
    bits: view.getUint16(start + 14, true),
    validBits: extended ? view.getUint16(start + 18, true) : 0,
  };
}

function soundOf(view: DataView, chunk: Chunk, format: Format, limits: DecodeLimits): WavSound {
  const { code, channels, sampleRate, blockAlign, bits } = format;
  if (code === MP3_IN_WAV) return { code, bits, notes: truncation(chunk, null, 0), layout: layoutOf(chunk, format, 1, () => 0) };
  const coding = CODINGS[code];
  if (coding === undefined) throw notRead(code, bits);
  const packed = Math.ceil(bits / 8);
  // A sample may stand in a wider place than it needs: 24 bits in 4 bytes.
  const stride = blockAlign === channels * packed ? packed : code === PCM && blockAlign === 4 * channels && packed === 3 ? 4 : 0;
  const reader = sampleReader({
    coding: coding === "signed" && packed === 1 ? "unsigned" : coding,
    bytes: stride || packed,
    bigEndian: false,
  });
  if (reader === null) throw notRead(code, bits);
  if (stride === 0) throw new AudioError(`the wave file's block size is ${blockAlign} bytes, not ${channels} channels of ${packed}`);
  const length = Math.floor((chunk.end - chunk.start) / (channels * stride));
  checkSamples(length, channels, sampleRate, limits);
  const rest = (chunk.end - chunk.start) % (channels * stride);
  const low = stride > packed && standsLow(view, chunk);
  return {
    code,
    bits,
    notes: truncation(chunk, length, rest),
    layout: layoutOf(chunk, format, stride, low ? (v, at) => reader(v, at) * 256 : reader),
  };
}

function notRead(code: number, bits: number): WavCodecError {
  const name = NAMES[code];
  return new WavCodecError(`wave format ${code} with ${bits} bits is not supported${name === undefined ? "" : ` (${name})`}: ${VALID}`);
}

function layoutOf({ start, end }: Chunk, { channels, sampleRate }: Format, stride: number, reader: Interleaved["reader"]): Interleaved {
  return { start, end, channels, sampleRate, stride, reader };
}

/** @param rest bytes of a last sample that is not whole: all that tells of the cut in a file of unknown length. */
function truncation({ truncated }: Chunk, length: number | null, rest: number): readonly string[] {
  if (!truncated) return rest === 0 ? [] : [`the file may be cut short: it ends within a sample, ${length} are whole`];
  return [length === null ? "the file is cut short" : `the file is cut short: it declares more samples than the ${length} that are there`];
}

/** 24 bits in 4 bytes stand in the upper three by the standard; some writers put them into the lower three. */
function standsLow(view: DataView, { start, end }: Chunk): boolean {
  let used = false;
  for (let at = start; at + 4 <= end; at += 4) {
    const sample = view.getInt32(at, true);
    if (sample < -(2 ** 23) || sample >= 2 ** 23) return false;
    used ||= (sample & 0xff) !== 0;
  }
  return used;
}
