import { readFileSync } from "node:fs";
import type { MelConfig } from "../../src/audio/front_ends/mel.js";
import type { AudioSegment } from "../../src/chat/audio_segment.js";
import type { Prompts, Work } from "./works.js";

/** What every loop's process is told. */
interface Asked extends Pick<Prompts, "maxNewTokens" | "endIds"> {
  readonly folder: string;
  /** Of the decoder's graph, absolute. */
  readonly path: string;
  readonly payoff: Work["payoff"];
}

/** A model that reads. */
export interface TextTask extends Asked, Pick<Prompts, "prompts"> {
  /** Folder of the same weights as the Python library reads them. */
  readonly weights: string;
}

/** A model that hears. */
export interface SpeechTask extends Asked {
  /** Graph, absolute. */
  readonly encoder: string;
  /** Table of the vocabulary's rows with its description, relative to the folder. */
  readonly words: { readonly path: string; readonly description: string | null };
  readonly mel: MelConfig;
  /** Absolute. */
  readonly clip: string;
  /** The clip's words, which are the players. */
  readonly segments: readonly AudioSegment[];
  /** Of every coalition, since silence keeps a clip's length. Ids below 0 are rows of sound (`soundRow`). */
  readonly prompt: readonly number[];
}

export type LoopTask = TextTask | SpeechTask;

/** The id that stands for a row of the clip's encoding, and the row of such an id. */
export const soundRow = (row: number): number => -1 - row;

/** What a loop's process tells. */
export interface LoopFound {
  /** Of all coalitions where all are generated, else of the whole conversation alone. */
  readonly answers: readonly (readonly number[])[];
  /** Of all coalitions in their order: payoffs, or lengths of answers. */
  readonly values: readonly number[];
}

/** In a loop's process: what it is told, from the file that it is given. Prompts are too long for an argument. */
export function loopTask<Task extends LoopTask>(): Task {
  return JSON.parse(readFileSync(process.argv[2] as string, "utf8")) as Task;
}
