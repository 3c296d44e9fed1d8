import type { ModelResponse } from "../chat/model_response.js";
import { definePayoff } from "./payoff.js";
import type { ResponsePayoff } from "./types.js";

export const tfidf = definePayoff({
  name: "tfidf",
  summary: "cosine similarity of TF-IDF vectors of generated answers",
  asks: "responses",
  create: () => tfidfPayoff,
});

/** Inverse document frequencies, learned once from many answers. */
export interface Idf {
  /** Weight of a term; one that no document held has the largest. */
  weight(term: string): number;
}

/** Terms of an answer: text token ids, and whole audio frames (one code a codebook); the two never meet. */
export function termsOf(response: Pick<ModelResponse, "generatedTextTokens" | "generatedAudioTokens">): readonly string[] {
  const { frames, codebooks, codes } = response.generatedAudioTokens;
  const terms = Array.from(response.generatedTextTokens, (id) => `t${id}`);
  for (let frame = 0; frame < frames; frame++) {
    terms.push(`a${codes.subarray(frame * codebooks, (frame + 1) * codebooks).join(",")}`);
  }
  return terms;
}

/** idf(t) = ln((1 + D) / (1 + df(t))) + 1 over D documents, df counted with repeats of a document (smoothed; scikit-learn's default). */
export function fitIdf(documents: Iterable<readonly [terms: readonly string[], copies: number]>): Idf {
  const frequency = new Map<string, number>();
  let total = 0;
  for (const [terms, copies] of documents) {
    total += copies;
    for (const term of new Set(terms)) frequency.set(term, (frequency.get(term) ?? 0) + copies);
  }
  return { weight: (term) => Math.log((1 + total) / (1 + (frequency.get(term) ?? 0))) + 1 };
}

/** Cosine of the two answers' vectors (count × idf); 0 where either has no term. */
export function tfidfSimilarity(target: readonly string[], other: readonly string[], idf: Idf): number {
  const left = vectorOf(target, idf);
  const right = vectorOf(other, idf);
  let dot = 0;
  for (const [term, value] of left) dot += value * (right.get(term) ?? 0);
  const norms = norm(left) * norm(right);
  return norms === 0 ? 0 : dot / norms;
}

/** Similarity of each response to the answer that is explained, terms weighted by their rarity among the first call's responses. */
export const tfidfPayoff: ResponsePayoff = {
  needs: "responses",
  fit(target, documents) {
    const copies = new Map<ModelResponse, number>();
    for (const document of documents) copies.set(document, (copies.get(document) ?? 0) + 1);
    const idf = fitIdf([...copies].map(([document, count]) => [termsOf(document), count] as const));
    const targetTerms = termsOf(target);
    return {
      fittedOn: { responses: documents.length, distinct: copies.size },
      warnings: targetTerms.length === 0 ? ["the answer to explain is empty, so no answer is similar to it: every payoff is 0"] : [],
      values: (responses) => Float64Array.from(responses, (response) => tfidfSimilarity(targetTerms, termsOf(response), idf)),
    };
  },
};

function vectorOf(terms: readonly string[], idf: Idf): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  for (const [term, count] of counts) counts.set(term, count * idf.weight(term));
  return counts;
}

function norm(vector: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const value of vector.values()) sum += value * value;
  return Math.sqrt(sum);
}
