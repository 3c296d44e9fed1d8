import type { ModelResponse } from "../chat/model_response.js";
import { definePayoff } from "./payoff.js";
import type { ResponsePayoff } from "./types.js";

export const exactMatch = definePayoff({
  name: "exact-match",
  summary: "1 where the generated answer is the same, else 0",
  asks: "responses",
  create: () => exactMatchPayoff,
});

/** 1 where the model answers the very same, in text (special tokens aside) and in audio codes; else 0. */
export const exactMatchPayoff: ResponsePayoff = {
  needs: "responses",
  fit: (target) => ({
    fittedOn: null,
    warnings: [],
    values: (responses) => Float64Array.from(responses, (response) => (same(target, response) ? 1 : 0)),
  }),
};

function same(a: ModelResponse, b: ModelResponse): boolean {
  const left = a.generatedAudioTokens.codes;
  const right = b.generatedAudioTokens.codes;
  return a.text === b.text && left.length === right.length && left.every((code, i) => code === right[i]);
}
