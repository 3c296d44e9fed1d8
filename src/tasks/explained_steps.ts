import type { ModelResponse } from "../chat/model_response.js";
import type { Chat } from "../chat/types.js";
import type { Model } from "../connectors/types.js";
import { SpecError } from "../errors.js";
import type { GameFoil } from "../game/recording.js";
import { PAYOFFS, type PayoffChoice, stepPayoffs } from "../payoffs/registry.js";
import type { Contrast, Payoff } from "../payoffs/types.js";
import type { AnswerSteps } from "../players/answer_units.js";
import { foilOf } from "../players/foil.js";
import { targetSpan } from "../players/target.js";
import type { Spec } from "../spec/schema.js";

/** What of an answer a payoff is made of. */
export interface Explained {
  readonly steps: AnswerSteps;
  /** What it is compared with, of a payoff that contrasts. */
  readonly contrast: (GameFoil & Contrast) | null;
}

/** @throws SpecError where the answer has no such part, or cannot be compared with the foil. */
export function explainedOf(
  model: Pick<Model, "responseTokens" | "frameSeconds" | "encodeResponse">,
  answer: ModelResponse,
  { chat, payoff, target }: { readonly chat: Chat; readonly payoff: Payoff; readonly target: Target },
): Explained {
  const steps = explainedSteps(stepsOfAnswer(model, answer), { target });
  const contrast = contrastOf(payoff);
  if (contrast === null) return { steps, contrast };
  const encode = { whole: (text: string) => model.encodeResponse(text, chat), inside: (text: string) => model.encodeResponse(text) };
  const foil = foilOf({ ...steps, answer }, target, contrast.foil, encode);
  return { steps: { ...steps, span: foil.span }, contrast: { ...contrast, ...foil } };
}

export const contrastOf = (payoff: Payoff): Contrast | null => (payoff.needs !== "responses" && payoff.contrast) || null;

type Target = Spec["explain"]["target"];

export function stepsOfAnswer(model: Pick<Model, "responseTokens" | "frameSeconds">, answer: ModelResponse): AnswerSteps {
  return { answer, tokens: model.responseTokens(answer), frameSeconds: model.frameSeconds ?? null };
}

/** The answer with the steps that `explain.target` names. @throws SpecError where the answer does not have them. */
export function explainedSteps(steps: AnswerSteps, { target }: Pick<Spec["explain"], "target">): AnswerSteps {
  return target === null ? steps : { ...steps, span: targetSpan(steps, target) };
}

/** @throws SpecError where a part of the answer is to be explained and the payoff is not made of its steps. */
export function requireSteps({ target }: Pick<Spec["explain"], "target">, { kind }: PayoffChoice): void {
  if (target === null || PAYOFFS[kind].asks !== "responses") return;
  throw new SpecError(
    `explain.target is for payoffs of the answer's steps (${stepPayoffs.join(", ")}), and ${kind} compares whole answers`,
  );
}
