import { z } from "zod";
import { SpecError } from "../errors.js";
import type { Entail } from "../helpers/types.js";
import { definePayoff } from "./payoff.js";
import type { ResponsePayoff } from "./types.js";

const DIRECTIONS = ["answer", "reference", "both"] as const;
type Direction = (typeof DIRECTIONS)[number];

export const nli = definePayoff({
  name: "nli",
  summary: "probability that an answer entails the explained one, by a cross-encoder",
  asks: "responses",
  texts: ["reference"],
  options: {
    source: z
      .string()
      .min(1)
      .describe(
        "Repository of a cross-encoder for natural language inference, such as Xenova/nli-deberta-v3-xsmall, or server:NAME for one that text-embeddings-inference serves.",
      ),
    reference: z
      .string()
      .min(1)
      .max(100_000)
      .nullable()
      .default(null)
      .describe("The text that is to be entailed; null: the answer that is explained."),
    premise: z
      .enum(DIRECTIONS)
      .default("answer")
      .describe(
        "answer: the reference follows from the answer; reference: the answer from the reference; both: the less probable of the two.",
      ),
  },
  helper: ({ source }) => ({ key: "source", repo: source }),
  create: async ({ source, reference, premise }, { loadCrossEncoder }) => nliPayoff(await loadCrossEncoder(source), reference, premise),
});

/** Pairs of one call: bounds what one call holds, and lets an interruption in. */
const CHUNK = 256;

/** Entailment between each response and the reference; 0 for a blank response. */
export function nliPayoff(entail: Entail, reference: string | null, premise: Direction): ResponsePayoff {
  return {
    needs: "responses",
    fit(target) {
      const text = reference ?? target.text;
      if (text.trim() === "") throw new SpecError("payoff nli: the answer that is explained is blank: give explain.payoff a reference");
      const pairsOf = (answer: string): readonly (readonly [string, string])[] => [
        ...(premise === "reference" ? [] : [[answer, text] as const]),
        ...(premise === "answer" ? [] : [[text, answer] as const]),
      ];
      return {
        fittedOn: null,
        warnings: [],
        async values(responses, run) {
          const values = new Float64Array(responses.length);
          for (let from = 0; from < responses.length; from += CHUNK) {
            run.signal?.throwIfAborted();
            const part = responses.slice(from, from + CHUNK).map((response) => pairsOf(response.text));
            const found = await entail(part.flat(), run);
            const each = found.length / part.length;
            part.forEach((_, i) => {
              values[from + i] = found.subarray(i * each, (i + 1) * each).reduce((least, one) => Math.min(least, one), 1);
            });
          }
          return values;
        },
      };
    },
  };
}
