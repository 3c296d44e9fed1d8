import type { ModelResponse } from "../chat/model_response.js";
import type { ScorePayoff } from "../payoffs/types.js";
import type { Span } from "./outputs.js";
import type { Coalition } from "./types.js";

/** What a source was asked and what it got, in order of asking. */
export interface Recorded<T> {
  /** Each different one once. */
  readonly coalitions: readonly Coalition[];
  /** For each coalition, its place among the inputs: coalitions that keep the same tokens are one input. */
  readonly inputOf: readonly number[];
  readonly inputs: readonly {
    /** Of everything that the model was fed. */
    readonly fingerprint: string;
    readonly got: T;
  }[];
}

/** Another answer that is scored beside the one that is explained. */
export interface GameFoil {
  /** Steps of the explained answer that are compared. */
  readonly span: Span;
  readonly response: ModelResponse;
  /** Steps of it that are compared. */
  readonly foilSpan: Span;
}

/** Everything that a game's payoffs are made of: it can be played again, with another payoff too, without the model. */
export type GameRecording = {
  readonly players: number;
  /** The answer that is explained. */
  readonly target: ModelResponse;
  /** What it was compared with: another answer, whose log-probabilities stand behind those of the target. */
  readonly foil?: GameFoil;
  /** What the model has to say of how it takes the conversation. */
  readonly notes: readonly string[];
  /** What the payoff did not need, asked of the same inputs (`wholeRecording`); without the foil. */
  readonly beside?: {
    readonly answers?: Recorded<ModelResponse> | undefined;
    readonly scores?: Recorded<Float64Array> | undefined;
  };
} /** Log-probabilities, or minus divergences, of the answer's steps. */ & (
  | { readonly needs: ScorePayoff["needs"]; readonly asked: Recorded<Float64Array> }
  /** Equal answers are one object. */
  | { readonly needs: "responses"; readonly asked: Recorded<ModelResponse> }
);
