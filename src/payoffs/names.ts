/** Every payoff by the name that specs and flags use. `command` comes from the command line only, never from a spec. */
export const PAYOFF_NAMES = ["likelihood", "tfidf", "embedding", "exact-match", "command"] as const;
export type PayoffName = (typeof PAYOFF_NAMES)[number];

/** How the vectors of an answer's tokens become one vector. */
export const REDUCER_NAMES = ["mean", "max", "min", "sum", "first", "zero"] as const;
export type ReducerName = (typeof REDUCER_NAMES)[number];

export const SIMILARITY_NAMES = ["cosine", "euclidean"] as const;
export type SimilarityName = (typeof SIMILARITY_NAMES)[number];
