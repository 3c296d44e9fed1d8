import { z } from "zod";
import type { ModelResponse } from "../chat/model_response.js";
import type { Matrix } from "../connectors/types.js";
import { ExplainError } from "../errors.js";
import type { Embed } from "../helpers/types.js";
import { dot } from "../util/arrays.js";
import { float64At } from "../util/elements.js";
import { createYielder } from "../util/yielder.js";
import { embedOf, encoderOf, SOURCES } from "./embedding_source.js";
import { definePayoff } from "./payoff.js";
import type { ResponsePayoff } from "./types.js";

const MEASURES = ["f1", "precision", "recall"] as const;
type Measure = (typeof MEASURES)[number];

export const bertscore = definePayoff({
  name: "bertscore",
  summary: "BERTScore of answers: how well each token's embedding is matched by one of the explained answer's",
  asks: "responses",
  options: {
    source: z.string().min(1).default("contextual").describe(`${SOURCES}.`),
    measure: z
      .enum(MEASURES)
      .default("f1")
      .describe("precision: of the answer's tokens; recall: of the explained answer's; f1: their harmonic mean."),
  },
  helper: ({ source }) => encoderOf(source),
  create: async ({ source, measure }, context) => bertscorePayoff(await embedOf(source, context), measure),
});

/** Answers embedded in one call. */
const CHUNK = 64;

/** Greedy matching of tokens by cosine (Zhang et al. 2020), without weights by rarity and without rescaling; 0 where either has no token. */
export function bertscorePayoff(embed: Embed, measure: Measure): ResponsePayoff {
  return {
    needs: "responses",
    async fit(target: ModelResponse, _documents, run) {
      const [own] = await embed([target], run, "own");
      if (own === undefined) throw new ExplainError("the embedding of the answer is missing");
      const reference = unitRows(own);
      return {
        fittedOn: null,
        warnings: own.rows === 0 ? ["the answer to explain is empty, so that no answer matches it: every payoff is 0"] : [],
        async values(responses, chunkRun) {
          const yieldNow = createYielder(chunkRun.signal);
          const values = new Float64Array(responses.length);
          for (let from = 0; from < responses.length; from += CHUNK) {
            chunkRun.signal?.throwIfAborted();
            const matrices = await embed(responses.slice(from, from + CHUNK), chunkRun, "own");
            for (const [i, matrix] of matrices.entries()) {
              values[from + i] = score(reference, unitRows(matrix), measure);
              await yieldNow();
            }
          }
          return values;
        },
      };
    },
  };
}

function score(reference: readonly Float64Array[], answer: readonly Float64Array[], measure: Measure): number {
  if (reference.length === 0 || answer.length === 0) return 0;
  const recalled = new Float64Array(reference.length).fill(-1);
  const matched = new Float64Array(answer.length).fill(-1);
  reference.forEach((left, i) => {
    answer.forEach((right, j) => {
      const cosine = dot(left, right);
      recalled[i] = Math.max(float64At(recalled, i), cosine);
      matched[j] = Math.max(float64At(matched, j), cosine);
    });
  });
  const [recall, precision] = [mean(recalled), mean(matched)];
  if (measure === "recall") return recall;
  if (measure === "precision") return precision;
  return recall + precision <= 0 ? 0 : (2 * recall * precision) / (recall + precision);
}

/** Rows of length 1; one of zeros stays. */
function unitRows({ rows, columns, data }: Matrix): readonly Float64Array[] {
  return Array.from({ length: rows }, (_, row) => {
    const own = Float64Array.from(data.subarray(row * columns, (row + 1) * columns));
    const norm = Math.sqrt(dot(own, own));
    return norm === 0 ? own : own.map((value) => value / norm);
  });
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
