import decode from "audio-decode";
import { joinFloats } from "../arrays.js";
import { AudioError } from "../errors.js";
import { flacSeconds, mp3Seconds, shortfall } from "./declared_length.js";
import { flacBits, rescaleFlac } from "./flac_scale.js";
import { checkSeconds, type DecodeLimits } from "./limits.js";
import { mp4Seconds } from "./mp4_frames.js";
import type { Waveform } from "./wav_read.js";

/** Kinds that the WebAssembly decoders read, with the decoders' own names for them. */
const DECODERS = { mp3: "mp3", flac: "flac", vorbis: "oga", opus: "opus", m4a: "m4a", aac: "aac", webm: "webm", aiff: "aiff" } as const;
export type WasmKind = keyof typeof DECODERS;

/** Small enough that what a chunk can expand to stays in the low tens of megabytes, so that a bomb is noticed in time. */
const CHUNK_BYTES = 4_096;

export function isWasmKind(kind: string): kind is WasmKind {
  return kind in DECODERS;
}

/**
 * Decodes with sandboxed WebAssembly: the same samples on every machine.
 *
 * @throws AudioError where the limit is passed or nothing can be decoded.
 */
export async function decodeWasm(bytes: Uint8Array, kind: WasmKind, limits: DecodeLimits): Promise<Waveform> {
  if (kind === "m4a") checkSeconds(mp4Seconds(bytes), limits);
  const bits = kind === "flac" ? flacBits(bytes) : null;
  const parts: Float32Array[] = [];
  let [length, sampleRate, channels] = [0, 0, 0];
  try {
    for await (const pcm of decode(chunked(bytes), DECODERS[kind])) {
      if (sampleRate !== 0 && pcm.sampleRate !== sampleRate) throw new AudioError("the sample rate changes within the file");
      sampleRate = pcm.sampleRate;
      channels = Math.max(channels, pcm.channelData.length);
      if (bits !== null) for (const channel of pcm.channelData) rescaleFlac(channel, bits);
      const mono = mean(pcm.channelData);
      parts.push(mono);
      length += mono.length;
      checkSeconds(length / sampleRate, limits);
    }
  } catch (error) {
    if (error instanceof AudioError) throw error;
    throw new AudioError(`the ${kind} decoder cannot read the file: ${reason(error)}`, { cause: error });
  }
  if (length === 0) throw new AudioError(`the ${kind} decoder found no sound in the file: it is damaged or cut short`);
  const note = shortfall(declaredSeconds(bytes, kind, sampleRate), length / sampleRate);
  return { samples: joinFloats(parts), sampleRate, channels, notes: note === null ? [] : [note] };
}

function declaredSeconds(bytes: Uint8Array, kind: WasmKind, sampleRate: number): number | null {
  if (kind === "mp3") return mp3Seconds(bytes, sampleRate);
  return kind === "flac" ? flacSeconds(bytes) : null;
}

async function* chunked(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.slice(at, at + CHUNK_BYTES);
}

function mean(channels: readonly Float32Array[]): Float32Array {
  const [first] = channels;
  if (first === undefined || channels.length === 1) return first ?? new Float32Array(0);
  return Float32Array.from({ length: first.length }, (_, n) => channels.reduce((sum, c) => sum + (c[n] as number), 0) / channels.length);
}

function reason(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line.slice(0, 200);
}
