import type { Estimate, Estimator, Played } from "../game/types.js";
import { cholesky, choleskyInverse, choleskySolve } from "../math/cholesky.js";
import type { GamePart } from "./surrogate/game_part.js";
import { oddPart, oddTargets } from "./surrogate/odd_part.js";
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
export function banzhafEstimator(played: Played<unknown>, n: number, population: number, confidence: number): Estimator {
  const part = oddPart(played, n);
  const gram = gramOf(part);
  const regular = cholesky(gram, n);
  for (let i = 0; i < n; i++) gram[i * n + i] = (gram[i * n + i] as number) * (1 + (regular === null ? RIDGE : 0));
  const factor = regular ?? (cholesky(gram, n, 0) as Float64Array);
  const few = part.count < MIN_PAIRS_A_PLAYER * n;
  const errors = errorsOf(part, population, confidence, regular === null || few ? null : choleskyInverse(factor, n));
  return (payoffs) => {
    const targets = oddTargets(payoffs);
    const slopes = choleskySolve(factor, n, moments({ ...part, targets }));
    const values = slopes.map((slope) => 2 * slope);
    return { values, ...errors({ ...part, targets }, slopes, values), biased: part.count < population && regular === null };
  };
}

type Errors = Pick<Estimate, "stdErrors" | "intervals" | "uncertainty">;

/** @param inverse of the normal matrix; null where errors cannot be told. */
function errorsOf(
  design: GamePart,
  population: number,
  confidence: number,
  inverse: Float64Array | null,
): (part: GamePart, slopes: Float64Array, values: Float64Array) => Errors {
  const { count, players: n } = design;
  if (count >= population) return (_part, _slopes, values) => noSamplingError(values, confidence);
  if (inverse === null) {
    const few = count < MIN_PAIRS_A_PLAYER * n;
    const reason = few
      ? `${count} pairs for ${n} players are too few for an honest error (${MIN_PAIRS_A_PLAYER * n} are needed)`
      : "the sampled pairs do not determine the values: a ridge was needed";
    return () => noErrorKnown(reason, confidence);
  }
  const left = 1 - count / population;
  const moves = directions(design, inverse);
  return (part, slopes, values) => {
    const errors = jackknife(part, slopes, moves).map((variance) => 2 * Math.sqrt(left * variance));
    return tErrors(values, errors, Math.max(1, count - n), METHOD, confidence);
  };
}

function gramOf({ signs, players: n, count }: GamePart): Float64Array {
  const gram = new Float64Array(n * n);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < n; i++) {
      const sign = signs[row * n + i] as number;
      for (let j = 0; j < n; j++) gram[i * n + j] = (gram[i * n + j] as number) + sign * (signs[row * n + j] as number);
    }
  }
  return gram;
}

function moments({ signs, targets, players: n, count }: GamePart): Float64Array {
  const sums = new Float64Array(n);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < n; i++) sums[i] = (sums[i] as number) + (signs[row * n + i] as number) * (targets[row] as number);
  }
  return sums;
}

/** How pairs move the slopes. */
interface Directions {
  /** G x_q, row-major pairs × players. */
  readonly rows: Float64Array;
  /** 1 − h_q, h_q = x_qᵀ G x_q */
  readonly left: Float64Array;
}

function directions({ signs, players: n, count }: GamePart, inverse: Float64Array): Directions {
  const rows = new Float64Array(count * n);
  const left = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    const moved = rows.subarray(row * n, (row + 1) * n);
    let leverage = 0;
    for (let i = 0; i < n; i++) {
      const sign = signs[row * n + i] as number;
      for (let j = 0; j < n; j++) moved[j] = (moved[j] as number) + sign * (inverse[i * n + j] as number);
    }
    for (let i = 0; i < n; i++) leverage += (signs[row * n + i] as number) * (moved[i] as number);
    left[row] = Math.max(1 - leverage, 1e-9);
  }
  return { rows, left };
}

/** Σ_q (G x_q r_q / (1 − h_q))² for every slope. */
function jackknife({ signs, targets, players: n, count }: GamePart, slopes: Float64Array, { rows, left }: Directions): Float64Array {
  const variances = new Float64Array(n);
  for (let row = 0; row < count; row++) {
    let residual = targets[row] as number;
    for (let i = 0; i < n; i++) residual -= (signs[row * n + i] as number) * (slopes[i] as number);
    const scale = residual / (left[row] as number);
    for (let i = 0; i < n; i++) variances[i] = (variances[i] as number) + ((rows[row * n + i] as number) * scale) ** 2;
  }
  return variances;
}
