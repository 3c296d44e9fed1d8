import type { ModelResponse } from "../connectors/base/model_response.js";
import type { ResponsePayoff } from "./types.js";

/** 1 where the model answers the very same, in text (special tokens aside) and in audio codes; else 0. */
export const exactMatch: ResponsePayoff = {
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
