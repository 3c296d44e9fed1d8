import { AudioError } from "../../errors.js";
import { isUnchanging, markUnchanging, named, remember } from "../memory.js";
import { ascii } from "./bytes.js";
import { checkOgg } from "./containers/ogg_check.js";
import { type DecodedStream, decodeStream, isOwnKind, mayTryFfmpeg } from "./decode_stream.js";
import { describeFile } from "./describe.js";
import { type FfmpegOptions, ffmpegDecode, NoFfmpegError } from "./ffmpeg.js";
import { checkBytes, DECODE_LIMITS, type DecodeLimits, MAX_SAMPLES, TooLongError } from "./limits.js";
import { createReport, notesOf } from "./report.js";
import { collector, resampling, type Sink } from "./sinks.js";
import { sniff } from "./sniff.js";
import type { Waveform } from "./wav_read.js";

export interface DecodeOptions extends FfmpegOptions {
  /** @default DECODE_LIMITS */
  readonly limits?: DecodeLimits;
  /** Stands before every note. @default the name that `nameAudio` gave the bytes, else none */
  readonly name?: string | undefined;
}

export interface DecodedAudio extends Waveform {
  /** For the result's record: `wav`, `wasm:mp3` …, `ffmpeg`. */
  readonly decoder: string;
}

/**
 * Any common audio file → one channel (the mean of all) at the file's own rate. What the file is, is told from its content. The notes name
 * what was lost or is odd: sound that is missing, channels that cancel each other, silence, clipping.
 *
 * @throws AudioError in one line: empty, not audio, damaged, too long, not finite, or no ffmpeg for a format that needs it.
 */
export function decodeAudio(bytes: Uint8Array, options: DecodeOptions = {}): Promise<DecodedAudio> {
  return remember(bytes, keyOf("own", options), async () => {
    const { sound, length: _, notes, ...rest } = await decodeTo(bytes, options, collector);
    return { ...rest, samples: sound, notes: named(notes, bytes, options.name) };
  });
}

/** Decoded and resampled: `[samples]` at `rate` Hz, with the source's own seconds. */
export function decodeAt(
  bytes: Uint8Array,
  rate: number,
  options: DecodeOptions = {},
): Promise<DecodedAudio & { readonly seconds: number }> {
  return remember(bytes, keyOf(String(rate), options), async () => {
    const { sound, length, sampleRate, notes, ...rest } = await decodeTo(bytes, options, () => resampling(rate));
    if (isUnchanging(bytes)) markUnchanging(sound);
    return { ...rest, samples: sound, sampleRate: rate, seconds: length / sampleRate, notes: named(notes, bytes, options.name) };
  });
}

/** What the result depends on beside the bytes. */
function keyOf(form: string, { ffmpegPath, limits, name }: DecodeOptions): string {
  return JSON.stringify([form, ffmpegPath, limits, name]);
}

async function decodeTo(
  bytes: Uint8Array,
  options: DecodeOptions,
  createSink: () => Sink<Float32Array>,
): Promise<DecodedStream<Float32Array>> {
  const limits = options.limits ?? DECODE_LIMITS;
  if (bytes.length === 0) throw new AudioError("the audio file is empty (0 bytes)");
  checkBytes(bytes.length, limits);
  const kind = sniff(bytes);
  if (kind === "text") throw new AudioError(`not an audio file: it is text that begins with ${JSON.stringify(opening(bytes))}`);
  if (!isOwnKind(kind)) return decodeUnknown(bytes, options, limits, createSink);
  try {
    return await decodeStream(bytes, kind, limits, createSink());
  } catch (error) {
    if (error instanceof TooLongError) throw error;
    return await secondTry(bytes, options, limits, createSink, error);
  }
}

/**
 * A codec that is not read here inside a container that is. Where ffmpeg is missing, the first message stands, with what could be done; where
 * it fails too, the first one of a damaged file, and ffmpeg's own of a codec that only it might have read.
 */
async function secondTry(
  bytes: Uint8Array,
  options: DecodeOptions,
  limits: DecodeLimits,
  createSink: () => Sink<Float32Array>,
  first: unknown,
): Promise<DecodedStream<Float32Array>> {
  try {
    return await decodeFfmpeg(bytes, options, limits, createSink);
  } catch (error) {
    if (error instanceof TooLongError) throw error;
    if (!mayTryFfmpeg(first)) throw first;
    if (!(error instanceof NoFfmpegError)) throw error;
    const { message } = first as AudioError;
    throw message.includes("install ffmpeg") ? first : new AudioError(`${message}; ${error.message}`, { cause: error });
  }
}

async function decodeUnknown(
  bytes: Uint8Array,
  options: DecodeOptions,
  limits: DecodeLimits,
  createSink: () => Sink<Float32Array>,
): Promise<DecodedStream<Float32Array>> {
  try {
    return await decodeFfmpeg(bytes, options, limits, createSink);
  } catch (error) {
    const what = error instanceof NoFfmpegError ? await describeFile(bytes) : null;
    if (what === null) throw error;
    throw new AudioError(`${what}: ${(error as Error).message}`, { cause: error });
  }
}

async function decodeFfmpeg(
  bytes: Uint8Array,
  options: DecodeOptions,
  limits: DecodeLimits,
  createSink: () => Sink<Float32Array>,
): Promise<DecodedStream<Float32Array>> {
  // One second beyond the limit, so that a file that is too long can be told from one that just fits.
  const { wav, notes } = await ffmpegDecode(bytes, limits.maxSeconds + 1, limits.maxSamples ?? MAX_SAMPLES, options);
  const decoded = await decodeStream(wav, "wav", limits, createSink());
  const report = createReport();
  if (ascii(bytes, 0, 4) === "OggS") checkOgg(bytes, null, report);
  return {
    ...decoded,
    notes: [
      ...notesOf(report, 0),
      ...notes(decoded.length / decoded.sampleRate),
      ...decoded.notes.filter((note) => !note.startsWith("the file")),
    ],
    decoder: "ffmpeg",
  };
}

function opening(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 24), { stream: true }).split("\n")[0] ?? "";
}
