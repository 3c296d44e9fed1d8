import type { Guess } from "./answer_trie.js";
import type { Embed } from "./graph.js";

/** What `StepPolicy.advance` gives for a row that is done. */
export const END = -0x80000000;

/** Outputs at one position of each row. */
export interface Step {
  /** Prompts of the rows that are asked about. */
  readonly requests: readonly number[];
  /** Which of the vectors below are each row's outputs. */
  readonly vectors: readonly number[];
  /** Vectors of `vocabulary` numbers. */
  readonly logits: Float32Array;
  readonly vocabulary: number;
  /** As many vectors, where the policy wants them. */
  readonly hidden: Float32Array | null;
}

/** Chooses what each row is fed next: where greedy, sampled and audio decoding differ. */
export interface StepPolicy {
  readonly wantHidden?: boolean;
  /** One id a row, `END` where the row is done. */
  advance(step: Step): Int32Array | Promise<Int32Array>;
  /** How a row may go on: guesses are checked in one pass, and change no answer. */
  guess?(request: number, most: number): Guess;
}

export interface DecodeOptions {
  readonly policy: StepPolicy;
  /** Steps that a row may take at most: sizes the batches. */
  readonly maxSteps: number;
  /** Leading tokens that all prompts are known to share; null = find out. */
  readonly sharedPrefix: number | null;
  /** As `SharingOptions`. */
  readonly branch?: number | null | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of this call alone, for an `inputs_embeds` graph. @default the engine's */
  readonly embed?: Embed | undefined;
  /** A row is done. */
  readonly onDone?: (request: number) => void;
}
