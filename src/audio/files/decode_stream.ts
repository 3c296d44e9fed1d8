import { setImmediate } from "node:timers/promises";
import { AudioError } from "../../errors.js";
import { reasonOf } from "../../util/errors.js";
import { checkRate } from "../signal/resample.js";
import { MissingCodecError } from "./codecs/aac.js";
import { Mixer } from "./levels.js";
import { checkSamples, type DecodeLimits } from "./limits.js";
import { createReport, notesOf } from "./report.js";
import type { Sink } from "./sinks.js";
import type { AudioKind } from "./sniff.js";
import { openAiff, openFlac, openWav } from "./sources/files.js";
import { openMp4, UnknownCodecError } from "./sources/mp4.js";
import { openOggFlac, openOpus, openVorbis } from "./sources/ogg.js";
import type { OpenSource } from "./sources/source.js";
import { openAac, openAmr, openMp3 } from "./sources/streams.js";
import { openWebm } from "./sources/webm.js";
import { WavCodecError } from "./wav_read.js";

/** How each kind is opened, and what decodes it, as results name it: sandboxed code, so the same samples on every machine. */
const KINDS = {
  wav: { open: openWav, decoder: "wav" },
  mp3: { open: openMp3, decoder: "wasm:mp3" },
  flac: { open: openFlac, decoder: "wasm:flac" },
  oggflac: { open: openOggFlac, decoder: "wasm:flac" },
  vorbis: { open: openVorbis, decoder: "wasm:vorbis" },
  opus: { open: openOpus, decoder: "wasm:opus" },
  m4a: { open: openMp4, decoder: "wasm:m4a" },
  aac: { open: openAac, decoder: "wasm:aac" },
  webm: { open: openWebm, decoder: "wasm:webm" },
  aiff: { open: openAiff, decoder: "wasm:aiff" },
  amr: { open: openAmr, decoder: "wasm:amr" },
} as const satisfies Partial<Record<AudioKind, { readonly open: OpenSource; readonly decoder: string }>>;
export type OwnKind = keyof typeof KINDS;

export function isOwnKind(kind: AudioKind): kind is OwnKind {
  return kind in KINDS;
}

/** What a whole file gave. */
export interface DecodedStream<T> {
  readonly sound: T;
  /** Samples a channel at the file's own rate. */
  readonly length: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly notes: readonly string[];
  readonly decoder: string;
}

/** Frames that fail take long (10 ms of AAC), so a file of nothing else is given up. */
const MAX_IN_VAIN = 300;
const WORK_MS = 100;

/** Lets signals and timers through now and then, as a file may take long. */
function createPause(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < WORK_MS) return;
    await setImmediate();
    since = performance.now();
  };
}

/** Errors that say what another program may still read. */
export function mayTryFfmpeg(error: unknown): boolean {
  return error instanceof MissingCodecError || error instanceof UnknownCodecError || error instanceof WavCodecError;
}

/**
 * Decodes part by part into one channel, so that memory grows with what the sink keeps.
 *
 * @throws AudioError where a limit is passed or nothing can be decoded.
 */
export async function decodeStream<T>(bytes: Uint8Array, kind: OwnKind, limits: DecodeLimits, sink: Sink<T>): Promise<DecodedStream<T>> {
  const report = createReport();
  const mixer = new Mixer();
  const name = kind === "oggflac" ? "flac" : kind;
  let [length, sampleRate] = [0, 0];
  let upmixes = false;
  let inVain = 0;
  const pause = createPause();
  try {
    const source = await KINDS[kind].open(bytes, report, limits);
    upmixes = source.upmixes;
    for await (const part of source.parts) {
      await pause();
      report.refused += part.refused;
      const samples = part.channelData[0]?.length ?? 0;
      inVain = samples === 0 ? inVain + part.refused : 0;
      if (inVain > MAX_IN_VAIN)
        throw new AudioError(`the ${name} file is too damaged: ${inVain} coded frames in a row could not be decoded`);
      if (samples === 0) continue;
      if (sampleRate !== 0 && part.sampleRate !== sampleRate) throw new AudioError("the sample rate changes within the file");
      sampleRate = part.sampleRate;
      checkRate(sampleRate);
      length += samples;
      checkSamples(length, part.channelData.length, sampleRate, limits);
      const mono = mixer.mix(part.channelData, sampleRate);
      checkFinite(mono, length - samples);
      sink.add(mono, sampleRate);
    }
  } catch (error) {
    if (error instanceof AudioError) throw error;
    throw new AudioError(`the ${name} decoder cannot read the file: ${reason(error)}`, { cause: error });
  }
  const empty = kind === "wav" && report.faults.size === 0;
  if (length === 0)
    throw new AudioError(
      empty ? "the audio file holds no samples" : `the ${name} decoder found no sound in the file: it is damaged or cut short`,
    );
  const notes = [...notesOf(report, length / sampleRate), ...mixer.notes()];
  return { sound: sink.end(), length, sampleRate, channels: mixer.channels(upmixes), notes, decoder: KINDS[kind].decoder };
}

function checkFinite(samples: Float32Array, from: number): void {
  for (let n = 0; n < samples.length; n++) {
    if (!Number.isFinite(samples[n])) throw new AudioError(`sample ${from + n} of the audio is ${samples[n]}, not a finite number`);
  }
}

function reason(error: unknown): string {
  const [line = ""] = reasonOf(error).split("\n");
  return line.slice(0, 200);
}
