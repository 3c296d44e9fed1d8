import type { Estimator } from "../../game/types.js";
import { sum } from "../../util/arrays.js";
import { float64At } from "../../util/elements.js";
import { MIN_PAIRS_A_PLAYER } from "../regression_errors.js";
import { noErrorKnown, tErrors } from "../uncertainty.js";
import { SHAPLEY, type Valuation } from "./kernel_values.js";
import { posteriors } from "./posterior.js";
import { heldOutErrors, type Surrogate, seenOf } from "./surrogate.js";

/** Below, Student's t says little. */
const MIN_DEGREES = 3;

export const BELIEVED = "posterior of the surrogate, scaled by held-out pairs";

/**
 * Posterior means, and deviations that are widened twice: where held-out pairs were missed by more than the surrogate expected, and as in any
 * fit whose n + 3 parameters were found from the same pairs, by √(pairs / (pairs − n − 3)) with Student's t.
 */
export function believed(surrogate: Surrogate, confidence: number, valuation: Valuation = SHAPLEY): Estimator {
  const { players: n, count } = surrogate.seen;
  const beliefs = posteriors(surrogate, valuation);
  const pairs = count - 1;
  const needed = Math.max(MIN_PAIRS_A_PLAYER * n, n + 3 + MIN_DEGREES);
  const reason = pairs < needed ? `${pairs} pairs for ${n} players are too few for an honest error (${needed} are needed)` : null;
  return (payoffs) => {
    const seen = seenOf(surrogate, payoffs);
    const { values, deviations } = beliefs(seen);
    const adjusted = shareMissing(values, payoffs.full - payoffs.empty);
    if (reason !== null) return { values: adjusted, ...noErrorKnown(reason, confidence), biased: false };
    const { errors, degrees } = widened({ ...surrogate, ...seen }, deviations);
    const { uncertainty, ...rest } = tErrors(adjusted, errors, degrees, BELIEVED, confidence);
    return { values: adjusted, ...rest, uncertainty: { ...uncertainty, posterior: true }, biased: false };
  };
}

/** Of many hundreds of players a surrogate sees fewer pairs than it has parameters: it is then doubted as much as with the fewest that it may have. */
export function widened(surrogate: Surrogate, deviations: Float64Array): { readonly errors: Float64Array; readonly degrees: number } {
  const { players: n, count } = surrogate.seen;
  const pairs = count - 1;
  const degrees = Math.max(MIN_DEGREES, pairs - n - 3);
  const heldOut = heldOutErrors(surrogate);
  const missed = Math.sqrt(heldOut.reduce((total, z) => total + z * z, 0) / pairs);
  const wider = Math.max(1, missed) * Math.sqrt(pairs / degrees);
  return { errors: deviations.map((deviation) => wider * deviation), degrees };
}

/** doubt² / (doubt² + noise²), whatever the unit: squares of small payoffs are zero. */
export const weightOf = (doubt: number, noise: number): number => (doubt > 0 ? (doubt / Math.hypot(doubt, noise)) ** 2 : 0);

/** Root mean square of what corrections show beyond their errors: how far off the surrogate is, whatever it thinks itself. */
export function shownDoubt(corrections: Float64Array, errors: Float64Array): number {
  const squares = corrections.map((value, i) => value ** 2 - float64At(errors, i) ** 2);
  return Math.sqrt(Math.max(0, sum(squares) / squares.length));
}

/** The surrogate adds up to v(N) − v(∅) but for the roughness it is allowed there; players share that alike. */
export function shareMissing(values: Float64Array, gap: number): Float64Array {
  const missing = (gap - sum(values)) / values.length;
  return values.map((value) => value + missing);
}
