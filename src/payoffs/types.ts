import type { ModelResponse } from "../chat/model_response.js";
import type { RunOptions } from "../events.js";

/** What a coalition is worth, from the model's probability of the answer or from what the model answers instead. */
export type Payoff = ScorePayoff | ResponsePayoff;

export interface ScorePayoff {
  /** Numbers of every step of the answer: log-probabilities, or minus divergences of the next token's law from the whole conversation's. */
  readonly needs: "scores" | "divergences";
  /** Another text whose steps are scored beside the answer's. */
  readonly contrast?: Contrast;
  /**
   * @param scores one a step of the answer that is explained; at least one, none NaN.
   * @param foil those of the other text; none where there is no contrast.
   * @returns the payoff, and how many steps were too improbable to be counted in full.
   */
  value(scores: Float64Array, foil: Float64Array): { readonly payoff: number; readonly floored: number };
  /**
   * What one step is worth; the payoff is the mean over steps, or their sum where a contrast compares whole answers. Without it the payoff is one number and no more.
   * @param against of the step of the foil at the same place; NaN where there is no contrast.
   */
  step?(score: number, against: number): number;
}

export interface Contrast {
  /** As it was asked for. */
  readonly foil: string;
  /** Whether sums or means over tokens are compared. */
  readonly per: "answer" | "token";
}

export interface ResponsePayoff {
  readonly needs: "responses";
  /**
   * Prepares for comparing responses with the answer that is explained.
   * @param documents the responses of the run's first coalitions, one a coalition (equal ones are the same object); a payoff that
   * learns from other responses learns from these, once.
   */
  fit(target: ModelResponse, documents: readonly ModelResponse[], run: RunOptions): Promise<FittedPayoff> | FittedPayoff;
}

export interface FittedPayoff {
  /** What was learned from; null where a payoff depends on its own response alone. */
  readonly fittedOn: FittedOn | null;
  /** What the user should know, one line each. */
  readonly warnings: readonly string[];
  /** Payoffs in order; called with distinct responses. */
  values(responses: readonly ModelResponse[], run: RunOptions): Promise<Float64Array> | Float64Array;
}

export interface FittedOn {
  /** Responses, one a coalition. */
  readonly responses: number;
  /** Different ones among them. */
  readonly distinct: number;
}
