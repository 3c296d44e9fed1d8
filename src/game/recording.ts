import type { ModelResponse } from "../chat/model_response.js";
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

/** Everything that a game's payoffs are made of: it can be played again, with another payoff too, without the model. */
export type GameRecording = {
  readonly players: number;
  /** The answer that is explained. */
  readonly target: ModelResponse;
  /** What the model has to say of how it takes the conversation. */
  readonly notes: readonly string[];
} & (
  | { readonly needs: "scores"; readonly asked: Recorded<Float64Array> }
  /** Equal answers are one object. */
  | { readonly needs: "responses"; readonly asked: Recorded<ModelResponse> }
);
