import { z } from "zod";
import { SpecError } from "../errors.js";
import { comparedWords } from "../text/normalise.js";
import { createYielder } from "../util/yielder.js";
import { editDistance } from "./edit_distance.js";
import type { ResponsePayoff } from "./types.js";

/** Characters of a reference: distances take the product of the lengths. */
const LONGEST = 20_000;

/** Options of payoffs that count errors against a reference. */
export const errorRateOptions = {
  reference: z
    .string()
    .min(1)
    .max(LONGEST)
    .nullable()
    .default(null)
    .describe("The text that answers are held against, such as a transcript; null: the answer that is explained."),
  normalize: z
    .boolean()
    .default(true)
    .describe("Compare words in lower case, without the marks around them; false: what stands between blanks, as it is."),
};

export interface ErrorRate {
  readonly reference: string | null;
  readonly normalize: boolean;
}

/** The words of a text as they are compared. */
export const wordsOfText = (text: string, { normalize }: ErrorRate): readonly string[] =>
  normalize ? comparedWords(text) : text.split(/\s+/u).filter((word) => word !== "");

/**
 * 1 − errors / length of the reference: 1 for the same, below 0 for an answer with more errors than the reference is long.
 * @param unitsOf what is counted.
 * @throws SpecError, from `fit`, where the reference holds nothing to count.
 */
export function errorRatePayoff(choice: ErrorRate, unit: string, unitsOf: (text: string) => readonly string[]): ResponsePayoff {
  return {
    needs: "responses",
    fit(target) {
      const reference = unitsOf(choice.reference ?? target.text);
      if (reference.length === 0) {
        const which = choice.reference === null ? "the answer that is explained" : "the reference";
        throw new SpecError(
          `${which} ${JSON.stringify(choice.reference ?? target.text)} holds no ${unit}: give explain.payoff a reference`,
        );
      }
      return {
        fittedOn: null,
        warnings: [],
        async values(responses, { signal }) {
          const yieldNow = createYielder(signal);
          const values = new Float64Array(responses.length);
          for (const [i, { text }] of responses.entries()) {
            values[i] = 1 - editDistance(reference, unitsOf(text)) / reference.length;
            await yieldNow();
          }
          return values;
        },
      };
    },
  };
}
