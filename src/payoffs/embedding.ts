import type { ModelResponse } from "../connectors/base/model_response.js";
import type { Matrix } from "../connectors/base/types.js";
import { ExplainError } from "../errors.js";
import type { RunOptions } from "../events.js";
import type { ReducerName, SimilarityName } from "./names.js";
import { reduce } from "./reducers.js";
import { SIMILARITIES } from "./similarity.js";
import type { ResponsePayoff } from "./types.js";

/** Vectors of answers: one `[tokens, hidden]` matrix each, without rows where an answer is empty. */
export type Embed = (responses: readonly ModelResponse[], run: RunOptions) => Promise<readonly Matrix[]>;

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
