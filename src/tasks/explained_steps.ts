import type { ModelResponse } from "../chat/model_response.js";
import type { Model } from "../connectors/types.js";
import { SpecError } from "../errors.js";
import { PAYOFFS, type PayoffChoice } from "../payoffs/registry.js";
import type { AnswerSteps } from "../players/answer_units.js";
import { targetSpan } from "../players/target.js";
import type { Spec } from "../spec/schema.js";

export function stepsOfAnswer(model: Pick<Model, "responseTokens" | "frameSeconds">, answer: ModelResponse): AnswerSteps {
  return { answer, tokens: model.responseTokens(answer), frameSeconds: model.frameSeconds ?? null };
}

/** The answer with the steps that `explain.target` names. @throws SpecError where the answer does not have them. */
export function explainedSteps(steps: AnswerSteps, { target }: Pick<Spec["explain"], "target">): AnswerSteps {
  return target === null ? steps : { ...steps, span: targetSpan(steps, target) };
}

/** @throws SpecError where a part of the answer is to be explained and the payoff is not made of its steps. */
export function requireSteps({ target }: Pick<Spec["explain"], "target">, { kind }: PayoffChoice): void {
  if (target === null || PAYOFFS[kind].asks === "scores") return;
  throw new SpecError(`explain.target is for payoffs of the answer's steps (likelihood), and ${kind} compares whole answers`);
}
