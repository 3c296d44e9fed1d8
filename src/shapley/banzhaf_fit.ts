import type { Estimate, Played } from "../game/types.js";
import { cholesky, choleskyInverse, choleskySolve } from "../math/cholesky.js";
import { type OddPart, oddPart } from "./surrogate/odd_part.js";
import { noErrorKnown, noSamplingError, tErrors } from "./uncertainty.js";

/** Fewer pairs a player than this leave too little beyond the fit to tell an error from. */
const MIN_PAIRS_A_PLAYER = 2;

/** Relative to the diagonal: changes only directions that the pairs do not determine. */
const RIDGE = 1e-7;

const METHOD = "jackknife over pairs";

/**
 * Least squares of o(S) = ½ (v(S) − v(N∖S)) on the signs of S, all pairs alike: the slope of player i, twice, is Banzhaf's value. Over all
 * pairs signs are orthogonal, so that the fit is the value itself. Errors leave one pair out at a time (HC3, MacKinnon & White 1985),
 * with finite-population correction.
 * Wang & Jia (2023), Data Banzhaf; regression with complements: Liu, Witter, Korn, Alrashed & Freire (2025), Kernel Banzhaf, arXiv:2410.08336.
 * @param population pairs that there are, {∅, N} included.
 */
export function banzhafFit(played: Played<unknown>, n: number, population: number, confidence: number): Estimate {
  const part = oddPart(played, n);
  const { gram, right } = normalEquations(part);
  const regular = cholesky(gram, n);
  for (let i = 0; i < n; i++) gram[i * n + i] = (gram[i * n + i] as number) * (1 + (regular === null ? RIDGE : 0));
  const factor = regular ?? (cholesky(gram, n, 0) as Float64Array);
  const slopes = choleskySolve(factor, n, right);
  const values = slopes.map((slope) => 2 * slope);
  if (part.count >= population) return { values, ...noSamplingError(values, confidence), biased: false };
  const few = part.count < MIN_PAIRS_A_PLAYER * n;
  if (regular === null || few) {
    const reason = few
      ? `${part.count} pairs for ${n} players are too few for an honest error (${MIN_PAIRS_A_PLAYER * n} are needed)`
      : "the sampled pairs do not determine the values: a ridge was needed";
    return { values, ...noErrorKnown(reason, confidence), biased: regular === null };
  }
  const variances = jackknife(part, slopes, choleskyInverse(factor, n));
  const left = 1 - part.count / population;
  const errors = variances.map((variance) => 2 * Math.sqrt(left * variance));
  return { values, ...tErrors(values, errors, Math.max(1, part.count - n), METHOD, confidence), biased: false };
}

function normalEquations({ signs, targets, players: n, count }: OddPart): { readonly gram: Float64Array; readonly right: Float64Array } {
  const gram = new Float64Array(n * n);
  const right = new Float64Array(n);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < n; i++) {
      const sign = signs[row * n + i] as number;
      right[i] = (right[i] as number) + sign * (targets[row] as number);
      for (let j = 0; j < n; j++) gram[i * n + j] = (gram[i * n + j] as number) + sign * (signs[row * n + j] as number);
    }
  }
  return { gram, right };
}

/** Σ_q (G x_q r_q / (1 − h_q))² for every slope, h_q = x_qᵀ G x_q. */
function jackknife({ signs, targets, players: n, count }: OddPart, slopes: Float64Array, inverse: Float64Array): Float64Array {
  const variances = new Float64Array(n);
  const moved = new Float64Array(n);
  for (let row = 0; row < count; row++) {
    moved.fill(0);
    let residual = targets[row] as number;
    let leverage = 0;
    for (let i = 0; i < n; i++) {
      const sign = signs[row * n + i] as number;
      residual -= sign * (slopes[i] as number);
      for (let j = 0; j < n; j++) moved[j] = (moved[j] as number) + sign * (inverse[i * n + j] as number);
    }
    for (let i = 0; i < n; i++) leverage += (signs[row * n + i] as number) * (moved[i] as number);
    const scale = residual / Math.max(1 - leverage, 1e-9);
    for (let i = 0; i < n; i++) variances[i] = (variances[i] as number) + ((moved[i] as number) * scale) ** 2;
  }
  return variances;
}
