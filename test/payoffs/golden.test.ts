import { expect } from "vitest";
import type { ReducerName, SimilarityName } from "../../src/payoffs/names.js";
import { reduce } from "../../src/payoffs/reducers.js";
import { SIMILARITIES } from "../../src/payoffs/similarity.js";
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

describeGolden({
  file: "similarity_reducers",
  matches(vector) {
    if (vector.input.similarity === "tfidf") return matchTfidf(vector);
    return vector.input.similarity === undefined ? matchReducer(vector) : matchSimilarity(vector);
  },
  notApplicable(vector) {
    const name = nameOf(vector);
    if (name.startsWith("reducer_ctor_n")) return "no reducer drops random columns (S17)";
    if (name === "tfidf_not_first") return "the answer compared with need not be among the documents";
    if (name.startsWith("custom_embedding_revision")) return "encoders are loaded like models: any revision, resolved to a commit";
    if (name.startsWith("custom_embedding")) return "encoders embed an answer's text as a whole";
    return undefined;
  },
});
