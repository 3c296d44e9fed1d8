import { createHash } from "node:crypto";
import { padFrames } from "../../audio/front_ends/frames.js";
import type { Mel } from "../../audio/front_ends/mel.js";
import { type Region, regionsOf } from "../../audio/masks/cut.js";
import type { AudioMask, SoundMask } from "../../audio/masks/mask.js";
import { remember } from "../../audio/memory.js";
import type { AudioSegment } from "../../chat/audio_segment.js";
import { byteAt } from "../../util/elements.js";
import { type EncoderInput, tokensOf } from "./encoder_input.js";
import type { ClipInput } from "./prompt.js";

/** Cross-fade at cuts of the waveform. */
const FADE_SECONDS = 0.005;

/** Audio that a chat was given. Never modified. */
export interface Clip {
  /** SHA-256 of the samples, in hex. */
  readonly sha256: string;
  /** `[samples]` at the front end's rate. */
  readonly wave: Float32Array;
  readonly encoderInput: EncoderInput;
  /** Before normalisation; null where the front end has no such thing. */
  readonly raw: Mel | null;
  /** Words of an aligned clip, in order; null = a clip of plain audio tokens. */
  readonly segments: readonly AudioSegment[] | null;
  /** Length of the source, in seconds, and what decoded it. */
  readonly seconds: number;
  readonly decoder: string;
}

export function createClip(wave: Float32Array, encoderInput: EncoderInput, rest: Pick<Clip, "segments" | "seconds" | "decoder">): Clip {
  const sha256 = remember(wave, "sha256", () => digestOf(wave));
  return { sha256, wave, encoderInput, raw: encoderInput.frontEnd.framewise?.raw(wave) ?? null, ...rest };
}

function digestOf({ buffer, byteOffset, byteLength }: Float32Array): string {
  return createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");
}

/** Frames of the whole clip as the model counts them. */
export const framesOf = ({ wave, encoderInput }: Clip): number => counted(encoderInput, wave.length);

/** Frames that rows come of. */
const counted = ({ frontEnd }: EncoderInput, samples: number): number => (frontEnd.validFrames ?? frontEnd.framesOf)(samples);

/** What a mask keeps or drops as one: audio tokens, or the words of an aligned clip. */
export const unitsOf = (clip: Clip): number => clip.segments?.length ?? tokensOf(clip.encoderInput, soundFrames(clip));

const soundFrames = ({ wave, encoderInput }: Clip): number => encoderInput.frontEnd.soundFrames(wave.length);

/** Samples of one audio token. */
const tokenSamples = ({ framesPerToken, frontEnd }: EncoderInput): number => framesPerToken * frontEnd.hop;

/** Samples `[start, end)` of a unit, at the clip's rate. The units of a clip share out all of it. */
export function unitSamples(clip: Clip, unit: number): Region {
  const { rate } = clip.encoderInput.frontEnd;
  if (clip.segments !== null) {
    const { startSample = 0, endSample = 0, sampleRate = rate } = clip.segments[unit] ?? {};
    const scale = rate / sampleRate;
    return { start: Math.round(startSample * scale), end: Math.round(endSample * scale) };
  }
  const length = tokenSamples(clip.encoderInput);
  const start = Math.min(unit * length, clip.wave.length);
  // The last token may hold frames that the front end adds, which cover no sample, and lack those that it leaves out.
  return { start, end: unit === unitsOf(clip) - 1 ? clip.wave.length : Math.min(start + length, clip.wave.length) };
}

/**
 * What the model hears of a clip of which some units are kept.
 * @param kept one byte a unit.
 */
export function maskClip(clip: Clip, kept: Uint8Array, mask: AudioMask): ClipInput {
  const { encoderInput } = clip;
  const whole = !kept.includes(0);
  if (whole || mask.on === "rows") {
    const rows = Int32Array.from({ length: encoderInput.rowsOf(framesOf(clip)) }, (_, row) => row);
    const any = kept.includes(1);
    const stays = (unit: number | null): boolean => (unit === null ? any : kept[unit] === 1);
    const take = whole ? rows : rows.filter((row) => stays(unitOfRow(clip, row)));
    return { key: clip.sha256, mel: () => fed(encoderInput, wholeFeatures(clip)), take };
  }
  const key = `${clip.sha256}:${mask.name}:${createHash("sha256").update(kept).digest("base64")}${segmentsKey(clip)}`;
  const { frames, mel } = maskFrames(clip, kept, mask) ?? maskWave(clip, kept, mask);
  return {
    key,
    mel: () => fed(encoderInput, mel()),
    take: Int32Array.from({ length: encoderInput.rowsOf(Math.max(1, frames)) }, (_, row) => row),
  };
}

interface MaskedSound {
  readonly frames: number;
  /** Made when it is encoded, and not kept: thousands of coalitions wait at once, and a minute of sound is 4 MB. */
  mel(): Mel | Promise<Mel>;
}

/** Plain audio tokens, masked in frames; null where front end or mask works on waveforms. */
function maskFrames({ raw, encoderInput, segments }: Clip, kept: Uint8Array, mask: SoundMask): MaskedSound | null {
  const { framewise } = encoderInput.frontEnd;
  if (segments !== null || raw === null || framewise === null || mask.frames === undefined) return null;
  const frames = Uint8Array.from({ length: raw.frames }, (_, t) => byteAt(kept, Math.floor(t / encoderInput.framesPerToken)));
  const { frames: maskedOf } = mask;
  const masked = (mel: Mel): Mel => framewise.pad(maskedOf(mel, frames, framewise));
  // Of one bin, as many frames are left.
  const bare: Mel = { bins: 1, frames: raw.frames, data: new Float32Array(raw.frames) };
  return { frames: masked(bare).frames, mel: () => masked(raw) };
}

/** Words are cut out of the waveform itself, so that a word's onset is not smeared over a token's edge. */
function maskWave(clip: Clip, kept: Uint8Array, mask: SoundMask): MaskedSound {
  const { encoderInput } = clip;
  const { frontEnd } = encoderInput;
  const fade = Math.round(FADE_SECONDS * frontEnd.rate);
  const wave = () => mask.wave({ wave: clip.wave, regions: unitRegions(clip), kept, fade });
  return { frames: counted(encoderInput, wave().length), mel: () => frontEnd.features(wave()) };
}

function wholeFeatures({ wave, raw, encoderInput: { frontEnd } }: Clip): Mel | Promise<Mel> {
  const { framewise } = frontEnd;
  return raw === null || framewise === null
    ? frontEnd.features(wave)
    : framewise.pad(framewise.normalise(raw, raw.frames - framewise.spare));
}

/** At least as long as the encoder needs. */
function fed({ leastFrames = 1 }: EncoderInput, features: Mel | Promise<Mel>): Mel | Promise<Mel> {
  return features instanceof Promise ? features.then((mel) => padFrames(mel, leastFrames)) : padFrames(features, leastFrames);
}

/** The whole waveform, shared out among the units. */
function unitRegions(clip: Clip): readonly Region[] {
  const spans = Array.from({ length: unitsOf(clip) }, (_, unit) => unitSamples(clip, unit));
  return regionsOf(
    spans.map(({ start, end }) => ({ startSample: start, endSample: end })),
    clip.wave.length,
  );
}

/** The unit at the middle of the audio token that a row is of; null for rows of what fills the features up, which is nobody's. */
function unitOfRow(clip: Clip, row: number): number | null {
  const { encoderInput, segments } = clip;
  const token = Math.floor(row / (encoderInput.rowsPerToken ?? 1));
  if (token * encoderInput.framesPerToken >= soundFrames(clip)) return null;
  if (segments === null) return token;
  const centre = (token + 0.5) * tokenSamples(encoderInput);
  const unit = unitRegions(clip).findIndex(({ end }) => centre < end);
  return unit < 0 ? segments.length - 1 : unit;
}

function segmentsKey({ segments }: Clip): string {
  if (segments === null) return "";
  const edges = Float64Array.from(segments.flatMap(({ startSample, endSample, sampleRate }) => [startSample, endSample, sampleRate]));
  return `:${createHash("sha256").update(edges).digest("base64")}`;
}
