import { membersOf } from "../game/coalitions.js";
import type { Payoffs, Played } from "../game/types.js";
import { cholesky, choleskySolve } from "../math/cholesky.js";
import { sum } from "../util/arrays.js";
import { addAt, float64At } from "../util/elements.js";
import { differencesOf, type Pair, type PairedDesign, pairsOf } from "./paired_sample.js";
import { sizeClasses } from "./size_classes.js";

/** What a fit leaves for whoever asks how sure it is. */
export interface PairFit {
  readonly values: Float64Array;
  readonly pairs: readonly Pair[];
  /** w_q, twice the row weight, scaled by 1/τ. */
  readonly weights: Float64Array;
  /** d_q − x_qᵀφ */
  readonly residuals: Float64Array;
  /** Cholesky factor of P Zᵀ W Z P / τ + 11ᵀ/n. */
  readonly factor: Float64Array;
  /** A ridge was needed: the pairs do not determine the values. */
  readonly singular: boolean;
}

/**
 * Weighted least squares with Σφ = v(N) − v(∅) built in. Both rows of a pair carry the weight 1 / (s (n−s) e_s) with e_s the
 * expected rows of size s, which is Shapley's kernel over the probability of being drawn. With P = I − 11ᵀ/n a pair is one
 * row x = P 1_S and the target d = ½(v(S) − v(N∖S)) − ½ (v(N) − v(∅)) (2s−n)/n:
 *   φ = (v(N) − v(∅))/n + argmin Σ_q w_q (d_q − x_qᵀ φ)².
 */
export function fitPairs(played: Played<PairedDesign>, n: number): PairFit {
  return pairFitter(played, n)(played);
}

/** Fits to payoffs of the same pairs: what depends on the design alone, the normal matrix, is factored once. */
export function pairFitter(played: Played<PairedDesign>, n: number): (payoffs: Payoffs) => PairFit {
  const pairs = pairsOf(played);
  const classes = sizeClasses(n);
  const expected = played.rounds.at(-1)?.design.expected ?? new Float64Array(0);
  const weights = Float64Array.from(pairs, ({ size }) => {
    const rows = float64At(expected, size - 1) * (classes[size - 1]?.rowsPerPair ?? 1);
    return 2 / (size * (n - size) * rows);
  });
  const { factor, scale, singular } = normalMatrix(pairs, weights, n);
  const scaled = weights.map((weight) => weight / scale);
  return (payoffs) => {
    const gap = payoffs.full - payoffs.empty;
    const differences = differencesOf(payoffs);
    const targets = Float64Array.from(pairs, ({ size }, q) => float64At(differences, q) / 2 - (gap * (2 * size - n)) / (2 * n));
    const right = centred(moments(pairs, weights, targets, n)).map((value) => value / scale);
    const slopes = centred(choleskySolve(factor, n, right));
    const values = slopes.map((slope) => slope + gap / n);
    const residuals = Float64Array.from(pairs, ({ side }, q) => float64At(targets, q) - dotMembers(side, slopes));
    return { values, pairs, weights: scaled, residuals, factor, singular };
  };
}

interface Normal {
  readonly factor: Float64Array;
  /** τ, the mean eigenvalue of P Zᵀ W Z P: after division by it the added 11ᵀ/n is of the same size. */
  readonly scale: number;
  readonly singular: boolean;
}

function normalMatrix(pairs: readonly Pair[], weights: Float64Array, n: number): Normal {
  const gram = new Float64Array(n * n);
  for (const [q, { side }] of pairs.entries()) {
    const members = membersOf(side);
    const weight = float64At(weights, q);
    for (const i of members) {
      for (const j of members) gram[i * n + j] = float64At(gram, i * n + j) + weight;
    }
  }
  const projected = project(gram, n);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += float64At(projected, i * n + i);
  const scale = trace > 0 ? trace / Math.max(1, n - 1) : 1;
  const matrix = projected.map((value) => value / scale + 1 / n);
  const factor = cholesky(matrix, n);
  if (factor !== null) return { factor, scale, singular: false };
  for (let i = 0; i < n; i++) addAt(matrix, i * n + i, RIDGE);
  return { factor: cholesky(matrix, n, 0) as Float64Array, scale, singular: true };
}

/** Zᵀ W d */
function moments(pairs: readonly Pair[], weights: Float64Array, targets: Float64Array, n: number): Float64Array {
  const sums = new Float64Array(n);
  for (const [q, { side }] of pairs.entries()) {
    const part = float64At(weights, q) * float64At(targets, q);
    for (let i = 0; i < n; i++) if (side[i] === 1) sums[i] = float64At(sums, i) + part;
  }
  return sums;
}

/** Relative to the mean eigenvalue: large enough to be stable in doubles, small enough to change only undetermined directions. */
const RIDGE = 1e-7;

/** P A P with P = I − 11ᵀ/n, for symmetric A. */
function project(a: Float64Array, n: number): Float64Array {
  const means = Float64Array.from({ length: n }, (_, i) => a.subarray(i * n, (i + 1) * n).reduce((sum, value) => sum + value, 0) / n);
  const grand = sum(means) / n;
  return a.map((value, at) => value - float64At(means, Math.floor(at / n)) - float64At(means, at % n) + grand);
}

function centred(values: Float64Array): Float64Array {
  const mean = sum(values) / values.length;
  return values.map((value) => value - mean);
}

/** 1_Sᵀ values; equals (P 1_S)ᵀ values where values sum to 0. */
function dotMembers(side: Uint8Array, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < side.length; i++) if (side[i] === 1) sum += float64At(values, i);
  return sum;
}
