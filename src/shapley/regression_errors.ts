import { membersOf } from "../game/coalitions.js";
import type { Estimate } from "../game/types.js";
import { choleskyInverse } from "../math/cholesky.js";
import { addAt, float64At } from "../util/elements.js";
import type { PairFit } from "./pair_fit.js";
import { sizeClasses } from "./size_classes.js";
import { noErrorKnown, noSamplingError, tErrors } from "./uncertainty.js";

/** Fewer pairs a player than this leave too little beyond the fit to tell an error from. */
export const MIN_PAIRS_A_PLAYER = 2;

type Errors = Pick<Estimate, "stdErrors" | "intervals" | "uncertainty">;

/**
 * Stratified jackknife over the pairs of classes that were not enumerated, with finite-population correction: leaving pair q
 * out moves φ by ψ_q = G x_q w_q r_q / (1 − h_q), h_q = w_q x_qᵀ G x_q, G the inverse of the normal matrix;
 *   Var φ = Σ_k (1 − n_k/N_k) n_k/(n_k − 1) Σ_{q∈k} (ψ_q − ψ̄_k)².
 * Classes with a single pair are joined to their neighbours. (Särndal, Swensson & Wretman 1992, §11.5; the linearised form is
 * the HC3 sandwich of MacKinnon & White 1985.)
 * @param first any fit to these pairs; the errors are those of all of them.
 */
export function errorsOfFits(first: PairFit, n: number, confidence: number): (fit: Pick<PairFit, "values" | "residuals">) => Errors {
  const jackknife = jackknifeOfFits(first, n);
  if (jackknife === null) return ({ values }) => noSamplingError(values, confidence);
  if ("reason" in jackknife) return () => noErrorKnown(jackknife.reason, confidence);
  return ({ values, residuals }) => tErrors(values, jackknife.errors(residuals), jackknife.degrees, JACKKNIFE, confidence);
}

export const JACKKNIFE = "jackknife over pairs";

/** Standard errors of every fit to the same pairs. */
export interface Jackknife {
  readonly degrees: number;
  /** @param residuals of a fit. @returns one standard error a player. */
  readonly errors: (residuals: Float64Array) => Float64Array;
}

/** What `errorsOfFits` makes intervals of; why there is none where the pairs are too few; null where all were played. */
export function jackknifeOfFits(first: PairFit, n: number): Jackknife | { readonly reason: string } | null {
  const strata = openStrata(first, n);
  const open = strata.reduce((sum, { members }) => sum + members.length, 0);
  if (open === 0) return null;
  const reason = whyNone(first, n);
  if (reason !== null) return { reason };
  const inverse = choleskyInverse(first.factor, n);
  const parts = strata.map(({ members, population }) => ({ population, ...directions(first, inverse, members, n) }));
  return {
    degrees: Math.max(1, open - strata.length),
    errors(residuals) {
      const variance = new Float64Array(n);
      for (const part of parts) addStratum(variance, influences(part, residuals, part.population));
      return variance.map(Math.sqrt);
    },
  };
}

function whyNone({ singular, pairs }: PairFit, n: number): string | null {
  if (singular) return "the sampled pairs do not determine the values: a ridge was needed";
  if (pairs.length >= MIN_PAIRS_A_PLAYER * n) return null;
  return `${pairs.length} pairs for ${n} players are too few for an honest error (${MIN_PAIRS_A_PLAYER * n} are needed)`;
}

interface Stratum {
  /** Positions of its pairs in the fit. */
  members: number[];
  /** Pairs that could have been drawn. */
  population: number;
}

/** Size classes of which some but not all pairs were drawn; each holds at least two (unless only one was drawn at all). */
function openStrata({ pairs }: PairFit, n: number): readonly Stratum[] {
  const classes: Stratum[] = sizeClasses(n).map(({ pairs: population }) => ({ members: [], population }));
  for (const [q, { size }] of pairs.entries()) classes[size - 1]?.members.push(q);
  const joined: Stratum[] = [];
  for (const stratum of classes) {
    if (stratum.members.length === stratum.population) continue;
    const last = joined.at(-1);
    if (last === undefined || last.members.length >= 2) joined.push(stratum);
    else joined[joined.length - 1] = join(last, stratum);
  }
  const last = joined.at(-1);
  if (last !== undefined && last.members.length < 2 && joined.length > 1) {
    joined.splice(-2, 2, join(joined.at(-2) as Stratum, last));
  }
  return joined;
}

const join = (a: Stratum, b: Stratum): Stratum => ({ members: [...a.members, ...b.members], population: a.population + b.population });

/** How pairs move the values: what of ψ_q does not depend on payoffs. */
interface Directions {
  readonly members: readonly number[];
  /** G x_q, one row of n a pair. */
  readonly rows: Float64Array;
  /** w_q */
  readonly weights: Float64Array;
  /** 1 − h_q */
  readonly left: Float64Array;
}

function directions({ pairs, weights }: PairFit, inverse: Float64Array, members: readonly number[], n: number): Directions {
  const rows = new Float64Array(members.length * n);
  const left = new Float64Array(members.length);
  for (const [at, q] of members.entries()) {
    const inside = membersOf(pairs[q]?.side ?? new Uint8Array(0));
    const row = rows.subarray(at * n, (at + 1) * n);
    // G P 1_S = G 1_S − (s/n) 1, since the normal matrix maps 1 to itself.
    row.fill(-inside.length / n);
    for (const j of inside) {
      for (let i = 0; i < n; i++) row[i] = float64At(row, i) + float64At(inverse, j * n + i);
    }
    const leverage = float64At(weights, q) * inside.reduce((sum, i) => sum + float64At(row, i), 0);
    // A pair that alone decides a direction (leverage 1) has no residual: leaving it out is impossible, not free.
    left[at] = Math.max(1 - leverage, 1e-9);
  }
  return { members, rows, weights: Float64Array.from(members, (q) => float64At(weights, q)), left };
}

/** Adds a stratum's part of the variance. Rows are gone through as they lie in memory: this is done for every step of an answer. */
function addStratum(variance: Float64Array, { rows, scales, population }: Influences): void {
  const n = variance.length;
  const count = scales.length;
  if (count < 2) return;
  const factor = (Math.max(0, 1 - count / population) * count) / (count - 1);
  const mean = new Float64Array(n);
  const squares = new Float64Array(n);
  for (let at = 0; at < count; at++) {
    const scale = float64At(scales, at);
    for (let i = 0; i < n; i++) mean[i] = float64At(mean, i) + (float64At(rows, at * n + i) * scale) / count;
  }
  for (let at = 0; at < count; at++) {
    const scale = float64At(scales, at);
    for (let i = 0; i < n; i++) squares[i] = float64At(squares, i) + (float64At(rows, at * n + i) * scale - float64At(mean, i)) ** 2;
  }
  for (let i = 0; i < n; i++) addAt(variance, i, factor * float64At(squares, i));
}

/** ψ_q of a stratum's pairs: a row of n each, times its scale. */
interface Influences extends Pick<Directions, "rows"> {
  readonly scales: Float64Array;
  readonly population: number;
}

function influences({ members, rows, weights, left }: Directions, residuals: Float64Array, population: number): Influences {
  const scales = Float64Array.from(members, (q, at) => (float64At(weights, at) * float64At(residuals, q)) / float64At(left, at));
  return { rows, scales, population };
}
