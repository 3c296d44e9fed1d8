export type Vector = Float64Array | Float32Array | readonly number[];
export type Similarity = (a: Vector, b: Vector) => number;

/** Norms are taken to be at least this, so that a zero vector is like nothing (0), itself included. */
const LEAST_NORM = 1e-8;

/** a·b / (max(|a|, ε) max(|b|, ε)) */
export function cosine(a: Vector, b: Vector): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / (Math.max(Math.sqrt(aa), LEAST_NORM) * Math.max(Math.sqrt(bb), LEAST_NORM));
}

/** 1 / (1 + |a − b|): 1 for equal vectors, towards 0 with their distance. */
export function euclidean(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return 1 / (1 + Math.sqrt(sum));
}

/** How two answers are compared. */
export const SIMILARITIES = { cosine, euclidean } as const satisfies Readonly<Record<string, Similarity>>;

export type SimilarityName = keyof typeof SIMILARITIES;
