import type { ModelResponse } from "../chat/model_response.js";
import type { Matrix } from "../connectors/types.js";
import type { RunOptions } from "../events.js";

/** Which tokens of an answer have a row: all that were fed, or the answer's own, without those that a tokeniser puts around a text. */
export type EmbeddedRows = "all" | "own";

/**
 * Vectors of answers: one `[tokens, hidden]` matrix each, without rows where an answer is empty.
 * @param rows "own" is refused where a text has one vector and no more. @default "all"
 */
export type Embed = (responses: readonly ModelResponse[], run: RunOptions, rows?: EmbeddedRows) => Promise<readonly Matrix[]>;

/** How probable it is that the second text of each pair follows from the first, 0 to 1. */
export type Entail = (pairs: readonly (readonly [premise: string, hypothesis: string])[], run: RunOptions) => Promise<Float64Array>;

/** What a judge is asked, and by which grades it answers. */
export interface JudgeSettings {
  /** The question before anything is filled in. */
  readonly prompt: string;
  /** Whole numbers. */
  readonly least: number;
  readonly most: number;
}

export interface Graded {
  /** Expected value of the grade. */
  readonly grade: number;
  /** How probable it is that the judge says one of the grades at all. */
  readonly probability: number;
}

export type GradeAnswers = (answers: readonly string[], run: RunOptions) => Promise<readonly Graded[]>;
