import type { Estimate, Played } from "../game/types.js";
import { binomial } from "../math/combinatorics.js";
import { sum } from "../util/arrays.js";
import { addAt, float64At } from "../util/elements.js";
import { type Pair, pairsOf } from "./paired_sample.js";
import { noErrorKnown, noSamplingError, tErrors } from "./uncertainty.js";

/**
 * Complementary contributions CC(S) = v(S) − v(N∖S), by player and size of the side that holds the player. Cell (i, s),
 * s = 1 … n−1, is at i·(n+1) + s.
 */
export interface Strata {
  readonly counts: Float64Array;
  readonly means: Float64Array;
  /** Sums of squared deviations from the mean. */
  readonly squares: Float64Array;
}

/** What estimators from strata have in common. */
export const STRATIFIED = {
  estimand: "shapley",
  efficient: false,
  exhausts: true,
  errors: "variances of (player, size) strata",
  pairs: true,
  minBudget: (n: number): number => n + 1,
} as const;

/** The estimate from a run of pairs. */
export function estimateStrata(played: Played<unknown>, n: number, confidence: number): Estimate {
  return strataEstimate(strataOf(pairsOf(played), n), played.full - played.empty, n, confidence);
}

/** Sorts pairs into strata. Each pair gives every player one number: CC(S) to those inside, −CC(S) to those outside. */
export function strataOf(pairs: readonly Pair[], n: number): Strata {
  const cells = n * (n + 1);
  const strata = { counts: new Float64Array(cells), means: new Float64Array(cells), squares: new Float64Array(cells) };
  for (const { side, size, difference } of pairs) {
    for (let i = 0; i < n; i++) {
      const inside = side[i] === 1;
      add(strata, i * (n + 1) + (inside ? size : n - size), inside ? difference : -difference);
    }
  }
  return strata;
}

function add({ counts, means, squares }: Strata, cell: number, value: number): void {
  const count = float64At(counts, cell) + 1;
  const delta = value - float64At(means, cell);
  counts[cell] = count;
  addAt(means, cell, delta / count);
  addAt(squares, cell, delta * (value - float64At(means, cell)));
}

/** Sample variance of a cell, count − 1 below; 0 for fewer than two. */
export function cellVariance({ counts, squares }: Strata, cell: number): number {
  const count = float64At(counts, cell);
  return count < 2 ? 0 : float64At(squares, cell) / (count - 1);
}

/**
 * φ_i = (1/n) Σ_{s=1}^{n} mean of CC over sampled coalitions of size s that hold i; the stratum s = n is v(N) − v(∅), known
 * exactly. Sizes that were never sampled for a player are left out of its mean, which biases it (and is said).
 * @param gap v(N) − v(∅)
 */
export function strataEstimate(strata: Strata, gap: number, n: number, confidence: number): Estimate {
  let missing = 0;
  const values = Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    let sizes = 0;
    for (let s = 1; s < n; s++) {
      const cell = i * (n + 1) + s;
      if (float64At(strata.counts, cell) === 0) continue;
      sum += float64At(strata.means, cell);
      sizes += 1;
    }
    missing += n - 1 - sizes;
    // With every size sampled this is (Σ + gap)/n.
    return gap / n + (sizes === 0 ? 0 : ((n - 1) / n) * (sum / sizes));
  });
  return { values, ...strataErrors(strata, values, n, confidence), biased: missing > 0 };
}

/** Var φ_i = n⁻² Σ_s (1 − M/N) σ²/M over i's strata of M out of N coalitions; degrees of freedom by Welch and Satterthwaite. */
function strataErrors(strata: Strata, values: Float64Array, n: number, confidence: number): Omit<Estimate, "values" | "biased"> {
  const variance = new Float64Array(n);
  /** Coalitions of each size that hold a given player. */
  const populations = Float64Array.from({ length: n }, (_, s) => binomial(n - 1, s - 1));
  let degrees = Number.POSITIVE_INFINITY;
  let thin = 0;
  for (let i = 0; i < n; i++) {
    let spread = 0;
    for (let s = 1; s < n; s++) {
      const cell = i * (n + 1) + s;
      const count = float64At(strata.counts, cell);
      const population = float64At(populations, s);
      if (count >= population) continue;
      if (count < 2) {
        thin += 1;
        continue;
      }
      const part = ((1 - count / population) * cellVariance(strata, cell)) / count;
      addAt(variance, i, part);
      spread += (part * part) / (count - 1);
    }
    if (spread > 0) degrees = Math.min(degrees, float64At(variance, i) ** 2 / spread);
  }
  if (thin > 0) {
    return noErrorKnown(`${thin} of ${n * (n - 1)} (player, size) strata hold fewer than two coalitions`, confidence);
  }
  if (degrees === Number.POSITIVE_INFINITY) return zeroVariance(strata, values, n, confidence);
  const stdErrors = variance.map((v) => Math.sqrt(v) / n);
  return tErrors(values, stdErrors, degrees, STRATIFIED.errors, confidence);
}

/** No stratum varies: enumerated to the end, or all that was seen is equal. */
function zeroVariance({ counts }: Strata, values: Float64Array, n: number, confidence: number): Omit<Estimate, "values" | "biased"> {
  const perPlayer = sum(counts.subarray(0, n + 1));
  if (perPlayer >= 2 ** (n - 1) - 1) return noSamplingError(values, confidence);
  return tErrors(values, new Float64Array(n), 1, STRATIFIED.errors, confidence);
}
