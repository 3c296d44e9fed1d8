import type { TextUnitName } from "../text/units/registry.js";

export type PlayerKind = TextUnitName | "segment" | "group";

/** What a coalition keeps or drops as one. */
export interface Player {
  /** Position in coalitions, from 0. */
  readonly index: number;
  readonly kind: PlayerKind;
  /** The text as a reader would quote it, outer blanks trimmed; a group's name; "" for audio without a transcript. */
  readonly text: string;
  /** Turn of the first token, from 1. */
  readonly turn: number;
  /** Indices of its tokens in the chat, ascending. */
  readonly tokens: readonly number[];
  /** Stretch of its clip in seconds; null for text. */
  readonly startS: number | null;
  readonly endS: number | null;
  /** How sure the aligner is of the stretch, 0…1 (of several words: the mean); null where nothing was aligned. */
  readonly confidence: number | null;
  /** Who says it, where its transcript names one speaker of all its words. */
  readonly speaker?: string | undefined;
}
