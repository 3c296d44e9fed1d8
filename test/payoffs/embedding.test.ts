import { describe, expect, it } from "vitest";
import { ExplainError } from "../../src/errors.js";
import type { Embed } from "../../src/helpers/types.js";
import { embeddingPayoff } from "../../src/payoffs/embedding.js";
import { REDUCERS, type ReducerName } from "../../src/payoffs/reducers.js";
import { matrix, response } from "../support/fakes.js";

/** Token t embeds as (t, 1). */
const embed: Embed = async (responses) =>
  responses.map(({ generatedTextTokens }) =>
    matrix(
      [...generatedTextTokens].map((t) => [t, 1]),
      2,
    ),
  );

async function values(reducer: ReducerName, target: readonly number[], others: readonly (readonly number[])[]) {
  const fitted = await embeddingPayoff(embed, reducer, "euclidean").fit(response({ tokens: target }), [], {});
  return [
    ...(await fitted.values(
      others.map((tokens) => response({ tokens })),
      {},
    )),
  ];
}

describe("embeddingPayoff", () => {
  it("compares reduced embeddings", async () => {
    expect(await values("mean", [1, 3], [[2], [2, 2, 2], [5]])).toEqual([1, 1, 1 / 4]);
    expect(await values("sum", [1, 3], [[4]])).toEqual([1 / 2]);
    expect(await values("first", [1, 3], [[1, 9, 9]])).toEqual([1]);
    expect(
      await values(
        "zero",
        [1, 3],
        [
          [1, 3],
          [1, 5],
        ],
      ),
    ).toEqual([1, 1 / 3]);
  });

  it.each(Object.keys(REDUCERS) as ReducerName[])("is not poisoned by an empty answer (%s)", async (reducer) => {
    const [empty, same] = await values(reducer, [1, 3], [[], [1, 3]]);
    expect(empty).toBeGreaterThan(0);
    expect(empty).toBeLessThan(1);
    expect(same).toBe(1);
    const cosine = await embeddingPayoff(embed, reducer, "cosine").fit(response({}), [], {});
    expect(cosine.warnings).toHaveLength(1);
    expect([...(await cosine.values([response({ tokens: [1] }), response({})], {}))]).toEqual([0, 0]);
  });

  it("refuses to lay answers of different lengths end to end", async () => {
    await expect(values("zero", [1, 3], [[1]])).rejects.toThrow(ExplainError);
  });

  it("asks for bounded numbers of embeddings", async () => {
    const sizes: number[] = [];
    const counted: Embed = (responses, run) => {
      sizes.push(responses.length);
      return embed(responses, run);
    };
    const fitted = await embeddingPayoff(counted, "mean", "cosine").fit(response({ tokens: [1] }), [], {});
    const many = Array.from({ length: 600 }, (_, i) => response({ tokens: [i] }));
    expect(await fitted.values(many, {})).toHaveLength(600);
    expect(sizes).toEqual([1, 256, 256, 88]);
  });
});
