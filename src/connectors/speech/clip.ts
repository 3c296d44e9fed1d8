import { createHash } from "node:crypto";
import { logMel, type Mel, type MelConfig, validFrames } from "../../audio/front_ends/mel.js";
import { maskMel, normalizeMel, padFrames, padToMultiple } from "../../audio/front_ends/mel_mask.js";
import { keepRegions, type Region, regionsOf } from "../../audio/masks/cut.js";
import { remember } from "../../audio/memory.js";
import type { AudioSegment } from "../../chat/audio_segment.js";
import type { AudioMasking } from "../../chat/types.js";
import type { ClipInput } from "./prompt.js";

/** Mel frames of one audio token, and of one row of the encoding. */
export const FRAMES_PER_TOKEN = 8;
/** The encoder's convolutions need as many. */
const LEAST_FRAMES = 9;
/** Cross-fade at cuts between words. */
const FADE_SECONDS = 0.005;

/** Audio that a chat was given. Never modified. */
export interface Clip {
  /** SHA-256 of the samples, in hex. */
  readonly sha256: string;
  /** `[samples]` at the front end's rate. */
  readonly wave: Float32Array;
  readonly config: MelConfig;
  /** Before normalisation. */
  readonly mel: Mel;
  /** Words of an aligned clip, in order; null = a clip of plain audio tokens. */
  readonly segments: readonly AudioSegment[] | null;
  /** Length of the source, in seconds, and what decoded it. */
  readonly seconds: number;
  readonly decoder: string;
}

export function createClip(wave: Float32Array, config: MelConfig, rest: Pick<Clip, "segments" | "seconds" | "decoder">): Clip {
  return { sha256: remember(wave, "sha256", () => digestOf(wave)), wave, config, mel: logMel(wave, config), ...rest };
}

function digestOf({ buffer, byteOffset, byteLength }: Float32Array): string {
  return createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");
}

/** Rows of the encoding of `frames` mel frames: three convolutions of stride 2. */
export const rowsOf = (frames: number): number => Math.ceil(frames / FRAMES_PER_TOKEN);

/** Mel frames of the whole clip as the model counts them, the zero frame at the end included. */
export const framesOf = ({ mel, config }: Clip): number => padToMultiple(mel, config.padTo).frames;

/** What a mask keeps or drops as one: audio tokens of 80 ms, or the words of an aligned clip. */
export const unitsOf = (clip: Clip): number => clip.segments?.length ?? rowsOf(framesOf(clip));

/** Samples `[start, end)` of a unit, at the clip's rate. The units of a clip share out all of it. */
export function unitSamples(clip: Clip, unit: number): Region {
  if (clip.segments !== null) {
    const { startSample = 0, endSample = 0, sampleRate = clip.config.sampleRate } = clip.segments[unit] ?? {};
    const scale = clip.config.sampleRate / sampleRate;
    return { start: Math.round(startSample * scale), end: Math.round(endSample * scale) };
  }
  const length = FRAMES_PER_TOKEN * clip.config.hopLength;
  const start = Math.min(unit * length, clip.wave.length);
  // The last token may hold the zero frame alone, which covers no sample.
  return { start, end: Math.min(start + length, clip.wave.length) };
}

/**
 * What the model hears of a clip of which some units are kept.
 * @param kept one byte a unit.
 */
export function hearClip(clip: Clip, kept: Uint8Array, masking: AudioMasking): ClipInput {
  const whole = !kept.includes(0);
  if (whole || masking === "embedding") {
    const rows = Int32Array.from({ length: rowsOf(framesOf(clip)) }, (_, row) => row);
    const take = whole ? rows : rows.filter((row) => kept[unitOfRow(clip, row)] === 1);
    return { key: clip.sha256, mel: () => fed(clip, normalizeMel(clip.mel, clip.mel.frames - 1)), take };
  }
  const key = `${clip.sha256}:${masking}:${createHash("sha256").update(kept).digest("base64")}${segmentsKey(clip)}`;
  const masked = clip.segments === null ? maskedFrames(clip, kept, masking) : maskedWords(clip, kept, masking);
  const frames = Math.max(1, padToMultiple(masked, clip.config.padTo).frames);
  return { key, mel: () => fed(clip, masked), take: Int32Array.from({ length: rowsOf(frames) }, (_, row) => row) };
}

function fed({ config }: Clip, normalised: Mel): Mel {
  return padFrames(padToMultiple(normalised, config.padTo), LEAST_FRAMES);
}

function maskedFrames({ mel, config }: Clip, kept: Uint8Array, masking: Exclude<AudioMasking, "embedding">): Mel {
  const frames = Uint8Array.from({ length: mel.frames }, (_, t) => kept[Math.floor(t / FRAMES_PER_TOKEN)] as number);
  return maskMel(mel, frames, masking, Math.log(config.logZeroGuard));
}

/** Words are cut out of the waveform itself, so that a word's onset is not smeared over a token's edge. */
function maskedWords(clip: Clip, kept: Uint8Array, masking: Exclude<AudioMasking, "embedding">): Mel {
  const fade = Math.round(FADE_SECONDS * clip.config.sampleRate);
  const wave = keepRegions(clip.wave, wordRegions(clip), kept, masking === "silence" ? "silence" : "drop", fade);
  return normalizeMel(logMel(wave, clip.config), validFrames(wave.length, clip.config));
}

function wordRegions(clip: Clip): readonly Region[] {
  const spans = (clip.segments ?? []).map((_, unit) => unitSamples(clip, unit));
  return regionsOf(
    spans.map(({ start, end }) => ({ startSample: start, endSample: end })),
    clip.wave.length,
  );
}

function unitOfRow(clip: Clip, row: number): number {
  if (clip.segments === null) return row;
  const centre = (row + 0.5) * FRAMES_PER_TOKEN * clip.config.hopLength;
  const unit = wordRegions(clip).findIndex(({ end }) => centre < end);
  return unit < 0 ? clip.segments.length - 1 : unit;
}

function segmentsKey({ segments }: Clip): string {
  if (segments === null) return "";
  const edges = Float64Array.from(segments.flatMap(({ startSample, endSample, sampleRate }) => [startSample, endSample, sampleRate]));
  return `:${createHash("sha256").update(edges).digest("base64")}`;
}
