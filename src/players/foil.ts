import { NO_AUDIO } from "../chat/append.js";
import { ModalityFlag } from "../chat/enums.js";
import type { ModelResponse } from "../chat/model_response.js";
import { SpecError } from "../errors.js";
import type { Span } from "../game/outputs.js";
import type { GameFoil } from "../game/recording.js";
import { joinIds } from "../util/arrays.js";
import { type AnswerSteps, textSpan } from "./answer_units.js";
import type { TargetSpec } from "./target.js";

/**
 * A foil as an answer: the whole text, or the answer with its target replaced. Ends are not compared, as a given text has none.
 * @param answer with the steps of the target, where there is one.
 * @param encode a text's tokens, as an answer and in the middle of one.
 * @throws SpecError where the answer is spoken or empty, or the foil says the same.
 */
export function foilOf(
  steps: AnswerSteps & { readonly answer: ModelResponse },
  target: TargetSpec | null,
  foil: string,
  encode: { readonly whole: (text: string) => ModelResponse; readonly inside: (text: string) => ModelResponse },
): GameFoil {
  const { answer, span: targeted } = steps;
  if (answer.generatedAudioTokens.frames > 0) throw new SpecError("payoff contrast: the answer is spoken, and a foil is a text");
  const span = targeted ?? textSpan(steps);
  if (span.from === span.to) throw new SpecError("payoff contrast: the answer has no text that a foil could be compared with");
  const response = targeted === undefined ? encode.whole(foil) : replaced(steps, targeted, target, foil, encode.inside);
  const foilSpan = { from: targeted?.from ?? 0, to: response.generatedTextTokens.length };
  const own = answer.generatedTextTokens.subarray(span.from, span.to).join();
  if (foilSpan.from >= foilSpan.to) throw new SpecError(`payoff contrast: the foil ${JSON.stringify(foil)} has no token`);
  if (own === response.generatedTextTokens.subarray(foilSpan.from).join()) {
    throw new SpecError(`payoff contrast: the foil ${JSON.stringify(foil)} is what the answer says`);
  }
  return { span, response, foilSpan };
}

/** The answer up to its target, then the target's tokens with the foil in its place. */
function replaced(
  { answer, tokens }: AnswerSteps & { readonly answer: ModelResponse },
  { from, to }: Span,
  target: TargetSpec | null,
  foil: string,
  encode: (text: string) => ModelResponse,
): ModelResponse {
  const text = tokens.slice(from, to).join("");
  const ids = joinIds([answer.generatedTextTokens.subarray(0, from), encode(inPlace(text, target, foil)).generatedTextTokens]);
  return {
    chat: null,
    generatedTextTokens: ids,
    generatedAudioTokens: NO_AUDIO,
    generatedModalityFlag: Array.from(ids, () => ModalityFlag.TEXT),
    text: tokens.slice(0, from).join("") + inPlace(text, target, foil),
    finishReason: "given",
  };
}

/** A target's tokens may hold more than its text: the blank before it, or marks behind. */
function inPlace(text: string, target: TargetSpec | null, foil: string): string {
  if (target !== null && "text" in target && text.includes(target.text)) {
    const at = text.indexOf(target.text);
    return text.slice(0, at) + foil + text.slice(at + target.text.length);
  }
  return /^\s/u.test(foil) ? foil : (/^\s*/u.exec(text)?.[0] ?? "") + foil;
}
