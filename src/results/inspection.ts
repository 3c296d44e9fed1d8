import type { ContextUse } from "../chat/context_window.js";
import type { TokenisationJoint } from "../chat/types.js";
import type { Player } from "../players/types.js";
import type { ModelIdentity } from "../repos/resources.js";

/** What a run would see and cost; nothing is explained. */
export interface Inspection {
  readonly model: ModelIdentity;
  readonly plan: string;
  /** Tokens that the conversation takes of the model's context window; null where the model does not state it. */
  readonly context: ContextUse | null;
  readonly tokens: readonly InspectedToken[];
  readonly players: readonly Player[];
  /** The answer that would be explained; null with `cost: false` where the model is to give it. */
  readonly answer: string | null;
  /** Where tokenising the whole prompt in one go would give other ids than the model is fed. */
  readonly joints: readonly TokenisationJoint[];
  readonly cost: PredictedCost | null;
}

export interface InspectedToken {
  readonly position: number;
  readonly turn: number;
  readonly role: "user" | "assistant" | "system";
  readonly text: string;
  /** Index of its player, null = none. */
  readonly player: number | null;
}

export interface PredictedCost {
  readonly sampler: string;
  /** Distinct coalitions, ∅ and N included. */
  readonly coalitions: number;
  /** Different model inputs that these are expected to come to: a share measured on the calibration's coalitions. */
  readonly distinctInputs: number;
  /** null where nothing was timed, as of a server that was not asked. */
  readonly seconds: number | null;
  /** Coalitions that were timed. */
  readonly timed: number;
  /** Of a model behind a server; null of one that runs here. */
  readonly served: ServedCost | null;
}

/** What a server would be sent, as estimated without asking it. */
export interface ServedCost {
  /** In the tokeniser's tokens, or in words where the server alone knows its tokens. */
  readonly promptTokens: number;
  /** Tokens of answers at most. */
  readonly answerTokens: number;
  readonly unit: "token" | "word";
  /** By the prices that were given; null where none were. */
  readonly price: number | null;
}
