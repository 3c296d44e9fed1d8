import { z } from "zod";
import { ExplainError } from "../errors.js";
import type { Embed } from "../helpers/types.js";
import { embedOf, encoderOf, SOURCES } from "./embedding_source.js";
import { definePayoff } from "./payoff.js";
import { REDUCERS, type ReducerName, reduce } from "./reducers.js";
import { SIMILARITIES, type SimilarityName } from "./similarity.js";
import type { ResponsePayoff } from "./types.js";

export const embedding = definePayoff({
  name: "embedding",
  summary: "similarity of answers' embeddings",
  asks: "responses",
  options: {
    source: z.string().min(1).default("static").describe(`${SOURCES}, or server:NAME for one that --server has (/v1/embeddings).`),
    reducer: z.enum(namesOf(REDUCERS)).default("mean").describe("How token vectors become one."),
    similarity: z.enum(namesOf(SIMILARITIES)).default("cosine").describe("How two answers are compared."),
  },
  helper: ({ source }) => encoderOf(source),
  create: async ({ source, reducer, similarity }, context) => embeddingPayoff(await embedOf(source, context), reducer, similarity),
});

/** Answers embedded in one call: bounds what one call holds, and lets an interruption in. */
const CHUNK = 256;

/** Similarity of each response's embedding to that of the answer which is explained. */
export function embeddingPayoff(embed: Embed, reducer: ReducerName, similarity: SimilarityName): ResponsePayoff {
  const compare = SIMILARITIES[similarity];
  return {
    needs: "responses",
    async fit(target, _documents, run) {
      const [own] = await embed([target], run);
      if (own === undefined) throw new ExplainError("the embedding of the answer is missing");
      return {
        fittedOn: null,
        warnings: own.rows === 0 ? ["the answer to explain is empty, so its embedding is the zero vector"] : [],
        async values(responses, chunkRun) {
          const values = new Float64Array(responses.length);
          for (let from = 0; from < responses.length; from += CHUNK) {
            chunkRun.signal?.throwIfAborted();
            const matrices = await embed(responses.slice(from, from + CHUNK), chunkRun);
            const [base, ...others] = reduce(reducer, [own, ...matrices]);
            others.forEach((other, i) => {
              values[from + i] = compare(base as Float64Array, other);
            });
          }
          return values;
        },
      };
    },
  };
}

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(table) as Name[];
}
