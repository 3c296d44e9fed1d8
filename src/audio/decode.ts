import { AudioError } from "../errors.js";
import { type FfmpegOptions, ffmpegDecode } from "./ffmpeg.js";
import { checkBytes, checkSeconds, DECODE_LIMITS, type DecodeLimits, TooLongError } from "./limits.js";
import { resample } from "./resample.js";
import { sniff } from "./sniff.js";
import { decodeWasm, isWasmKind } from "./wasm_decode.js";
import { readWav, type Waveform } from "./wav_read.js";

export interface DecodeOptions extends FfmpegOptions {
  /** @default DECODE_LIMITS */
  readonly limits?: DecodeLimits;
}

export interface DecodedAudio extends Waveform {
  /** For the result's record: `wav`, `wasm:mp3` …, `ffmpeg`. */
  readonly decoder: string;
}

/**
 * Any common audio file → one channel (the mean of all) at the file's own rate. What the file is, is told from its content.
 *
 * @throws AudioError in one line: empty, not audio, damaged, too long, not finite, or no ffmpeg for a format that needs it.
 */
export async function decodeAudio(bytes: Uint8Array, options: DecodeOptions = {}): Promise<DecodedAudio> {
  const limits = options.limits ?? DECODE_LIMITS;
  if (bytes.length === 0) throw new AudioError("the audio file is empty (0 bytes)");
  checkBytes(bytes.length, limits);
  const decoded = await decodeKind(bytes, options, limits);
  if (decoded.samples.length === 0) throw new AudioError("the audio file holds no samples");
  checkFinite(decoded.samples);
  return decoded;
}

/** Decoded and resampled: `[samples]` at `rate` Hz, with the source's own seconds. */
export async function decodeAt(
  bytes: Uint8Array,
  rate: number,
  options: DecodeOptions = {},
): Promise<DecodedAudio & { readonly seconds: number }> {
  const decoded = await decodeAudio(bytes, options);
  const seconds = decoded.samples.length / decoded.sampleRate;
  return { ...decoded, samples: resample(decoded.samples, decoded.sampleRate, rate), sampleRate: rate, seconds };
}

async function decodeKind(bytes: Uint8Array, options: DecodeOptions, limits: DecodeLimits): Promise<DecodedAudio> {
  const kind = sniff(bytes);
  if (kind === "wav") return { ...readWav(bytes, limits), decoder: "wav" };
  if (kind === "text") throw new AudioError(`not an audio file: it is text that begins with ${JSON.stringify(opening(bytes))}`);
  if (!isWasmKind(kind)) return decodeFfmpeg(bytes, options, limits);
  try {
    return { ...(await decodeWasm(bytes, kind, limits)), decoder: `wasm:${kind}` };
  } catch (error) {
    if (error instanceof TooLongError) throw error;
    return await secondTry(bytes, options, limits, error);
  }
}

/** A codec that the WebAssembly decoders lack inside a container that they read; where ffmpeg fails too, their own message stands. */
async function secondTry(bytes: Uint8Array, options: DecodeOptions, limits: DecodeLimits, first: unknown): Promise<DecodedAudio> {
  try {
    return await decodeFfmpeg(bytes, options, limits);
  } catch (error) {
    throw error instanceof TooLongError ? error : first;
  }
}

async function decodeFfmpeg(bytes: Uint8Array, options: DecodeOptions, limits: DecodeLimits): Promise<DecodedAudio> {
  // One second beyond the limit, so that a file that is too long can be told from one that just fits.
  const wav = await ffmpegDecode(bytes, limits.maxSeconds + 1, options);
  const waveform = readWav(wav, { ...limits, maxSeconds: limits.maxSeconds + 2 });
  checkSeconds(waveform.samples.length / waveform.sampleRate, limits);
  return { ...waveform, notes: [], decoder: "ffmpeg" };
}

function checkFinite(samples: Float32Array): void {
  const at = samples.findIndex((x) => !Number.isFinite(x));
  if (at >= 0) throw new AudioError(`sample ${at} of the audio is ${samples[at]}, not a finite number`);
}

function opening(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 24), { stream: true }).split("\n")[0] ?? "";
}
