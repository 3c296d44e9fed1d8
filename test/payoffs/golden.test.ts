import { expect } from "vitest";
import { type ReducerName, reduce } from "../../src/payoffs/reducers.js";
import { SIMILARITIES, type SimilarityName } from "../../src/payoffs/similarity.js";
import { fitIdf, termsOf, tfidfSimilarity } from "../../src/payoffs/tfidf.js";
import { matrix, response } from "../support/fakes.js";
import { describeGolden, type GoldenCase } from "../support/golden.js";

interface Answer {
  readonly text: readonly number[];
  readonly audio: readonly (readonly number[])[];
}

const nameOf = ({ id }: GoldenCase): string => id.slice("similarity_reducers/".length);

const terms = ({ text, audio }: Answer): readonly string[] => termsOf(response({ tokens: text, codes: audio }));

function close(actual: ArrayLike<number>, expected: readonly number[], digits = 6): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, digits);
  });
}

function matchSimilarity({ input, expected }: GoldenCase): void {
  const compare = SIMILARITIES[input.similarity as SimilarityName];
  close(
    input.other.map((other: readonly number[]) => compare(input.base, other)),
    expected.similarities,
  );
}

function matchTfidf({ input, expected }: GoldenCase): void {
  const others: readonly (readonly string[])[] = input.other.map(terms);
  const idf = fitIdf(others.map((other) => [other, 1] as const));
  const similarities = others.map((other) => tfidfSimilarity(terms(input.base), other, idf));
  close(similarities, expected.float64_oracle, 12);
  close(similarities, expected.similarities);
}

function matchReducer({ input, expected }: GoldenCase): void {
  const run = () =>
    reduce(
      input.reducer as ReducerName,
      input.embeddings.map((rows: readonly (readonly number[])[]) => matrix(rows)),
    );
  if (expected.error !== undefined) {
    expect(run).toThrow(/zero keeps every token's vector.*3×4, 1×4, 5×4/);
    return;
  }
  run().forEach((vector, i) => {
    close(vector, expected.values[i]);
  });
  expect(run()).toHaveLength(expected.values.length);
}

/** What the vectors' fake encoder gives for one token's text: a row a character. */
function encoded(id: number, maxLength: number): readonly (readonly number[])[] {
  const characters = new Array<number>(1 + (id % 4)).fill((id % 26) + 1);
  return characters.slice(0, maxLength).map((t, p) => [t / 10, Math.sin(t + p), Math.cos(0.5 * t) - 0.1 * p]);
}

/** The reference's encoder embeds each token's text by the mean of its rows: our reducer `mean`. */
function matchEncoder({ input, expected }: GoldenCase): void {
  const answers: readonly (readonly number[])[] = input.token_ids;
  answers.forEach((ids, answer) => {
    const vectors = reduce(
      "mean",
      ids.map((id) => matrix(encoded(id, input.max_length))),
    );
    expect(vectors).toHaveLength(expected.shapes[answer][0]);
    vectors.forEach((vector, token) => {
      const norm = input.l2_normalize ? Math.hypot(...vector) : 1;
      close(
        vector.map((value) => value / norm),
        expected.values[answer][token],
      );
    });
  });
}

describeGolden({
  file: "similarity_reducers",
  matches(vector) {
    if (vector.input.similarity === "tfidf") return matchTfidf(vector);
    if (vector.input.token_ids !== undefined) return matchEncoder(vector);
    return vector.input.similarity === undefined ? matchReducer(vector) : matchSimilarity(vector);
  },
  notApplicable(vector) {
    const name = nameOf(vector);
    if (name.startsWith("reducer_ctor_n")) return "no reducer drops random columns (S17)";
    if (name === "tfidf_not_first") return "the answer compared with need not be among the documents";
    if (name.startsWith("custom_embedding_revision")) return "encoders are loaded like models: any revision, resolved to a commit";
    return undefined;
  },
});
