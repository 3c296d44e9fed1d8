import type { Framewise } from "../front_ends/front_end.js";
import type { Mel } from "../front_ends/mel.js";
import type { MaskedWave } from "./cut.js";

interface Traits<Name extends string> {
  /** As specs and flags say it. */
  readonly name: Name;
  /** What becomes of the audio that a coalition leaves out, in a few words. */
  readonly summary: string;
  /** A clip of which nothing is kept is heard all the same, so that its turn stays, and dropping its last stretch is not a jump. */
  readonly keepsTurn: boolean;
}

/** The encoder hears another sound. */
export interface SoundMask<Name extends string = string> extends Traits<Name> {
  readonly on: "sound";
  /** The sound without what is not kept. */
  wave(masked: MaskedWave): Float32Array;
  /**
   * The same for plain audio tokens, on the frames of front ends that have them before normalisation: a frame's edges are then the token's.
   * @param raw as `framewise.raw` gives it; not to be modified. @param kept one byte a frame.
   * @returns normalised. @default waveforms are masked
   */
  readonly frames?: ((raw: Mel, kept: Uint8Array, framewise: Framewise) => Mel) | undefined;
  /** What is meant is done to frames: front ends without them are refused it. @default false */
  readonly framesOnly?: boolean | undefined;
}

/** The encoder hears the whole clip, and rows of what it makes of it leave the prompt. */
export interface RowMask<Name extends string = string> extends Traits<Name> {
  readonly on: "rows";
}

/** What happens to the stretches of a clip that a coalition leaves out. */
export type AudioMask<Name extends string = string> = SoundMask<Name> | RowMask<Name>;

/** The door that every audio mask comes in by: one file and one entry of `registry.ts` make a value of `explain.audio_masking`. */
export function defineMask<const Name extends string>(mask: AudioMask<Name>): AudioMask<Name> {
  return mask;
}
