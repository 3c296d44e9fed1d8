import type { Mel } from "../../audio/front_ends/mel.js";

/** What is heard of one clip: rows of an encoding of a (masked) mel. */
export interface ClipInput {
  /** Equal iff the mel is: what encodings are remembered by. */
  readonly key: string;
  /** Normalised, `[frames, bins]`, at least as long as the encoder needs. Made when it is asked for. */
  mel(): Mel | Promise<Mel>;
  /** Rows of the encoding that stand in the prompt, ascending. */
  readonly take: Int32Array;
}

/** A stretch of the prompt, in order. */
export type PromptPart =
  | { readonly kind: "text"; readonly ids: Int32Array }
  | { readonly kind: "audio-in"; readonly clip: ClipInput }
  /** Generated frames of the history, `[frames, codebooks]` row-major. */
  | { readonly kind: "audio-out"; readonly codes: Int32Array };

/** Token ids that stand around every clip that is heard, and go with it; no part of the chat's tokens. */
export interface ClipMarks {
  readonly before: Int32Array;
  readonly after: Int32Array;
}

/** @param clip its number in the conversation, from 1. */
export type MarksOf = (clip: number) => ClipMarks;

const NOTHING: ClipMarks = { before: new Int32Array(0), after: new Int32Array(0) };

export const NO_MARKS: MarksOf = () => NOTHING;

/** Positions of a prompt. */
export function promptLength(parts: readonly PromptPart[], codebooks: number): number {
  return parts.reduce((sum, part) => {
    if (part.kind === "text") return sum + part.ids.length;
    return sum + (part.kind === "audio-in" ? part.clip.take.length : part.codes.length / codebooks);
  }, 0);
}
