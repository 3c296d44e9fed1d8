import { decodeAt } from "../../audio/files/decode.js";
import type { Aligner, AudioSegment } from "../../chat/audio_segment.js";
import { requireSegments, strayUnit, withAudioOf } from "../../chat/segments_check.js";
import { AudioError } from "../../errors.js";
import type { OnEvent } from "../../events.js";
import { type Clip, createClip } from "./clip.js";
import type { EncoderInput } from "./encoder_input.js";

/** How a chat reads audio. */
export interface ClipReading {
  readonly encoderInput: EncoderInput;
  readonly ffmpegPath?: string | undefined;
  readonly onEvent?: OnEvent | undefined;
}

/** What the words of a clip are found with. */
export interface Alignment {
  readonly transcript: string | readonly string[];
  readonly aligner: Aligner;
  /** What the bytes are. */
  readonly format: string;
  /** Every segment carries its own sound. */
  readonly attachAudio: boolean;
}

/** @throws AudioError where the bytes are no sound. */
export async function readClip(bytes: Uint8Array, reading: ClipReading): Promise<Clip> {
  return clipOf(await decode(bytes, reading), null, reading);
}

/** @throws AudioError as above, ConnectorError where the aligner gives no segments or nonsense. */
export async function readAlignedClip(
  bytes: Uint8Array,
  { transcript, aligner, format, attachAudio }: Alignment,
  reading: ClipReading,
): Promise<Clip> {
  const given: unknown = await aligner.align(bytes, transcript, format);
  const decoded = await decode(bytes, reading);
  const segments = requireSegments(given, transcript, decoded.seconds);
  const stray = strayUnit(segments, transcript);
  if (stray !== null) reading.onEvent?.({ kind: "warning", message: `${stray}: the players are its segments` });
  const attached = attachAudio ? withAudioOf(segments, await aligner.attachAudioToSegments(segments, { audio: bytes, format })) : segments;
  return clipOf(decoded, attached, reading);
}

type Decoded = Awaited<ReturnType<typeof decodeAt>>;

async function decode(bytes: Uint8Array, { encoderInput, ffmpegPath, onEvent }: ClipReading): Promise<Decoded> {
  await encoderInput.ready?.();
  const decoded = await decodeAt(bytes, encoderInput.frontEnd.rate, { ffmpegPath });
  for (const message of decoded.notes) onEvent?.({ kind: "warning", message });
  return decoded;
}

function clipOf({ samples, seconds, decoder }: Decoded, segments: readonly AudioSegment[] | null, { encoderInput }: ClipReading): Clip {
  const { mostSeconds = Infinity, frontEnd } = encoderInput;
  if (samples.length > mostSeconds * frontEnd.rate) {
    throw new AudioError(
      `the clip has ${seconds.toFixed(1)} s, and this model hears ${mostSeconds} s at once: cut it, or give it as several`,
    );
  }
  return createClip(samples, encoderInput, { segments, seconds, decoder });
}
