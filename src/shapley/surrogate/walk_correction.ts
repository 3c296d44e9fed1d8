import type { Estimate, Payoffs, Played } from "../../game/types.js";
import { dot, sum } from "../../util/arrays.js";
import { addAt, float64At, itemAt } from "../../util/elements.js";
import { tErrors } from "../uncertainty.js";
import { MIN_PAIRS_FOR_ERRORS, type Moments, type PermutationDesign, pairMoments } from "../walks.js";
import { shareMissing, shownDoubt, weightOf, widened } from "./beliefs.js";
import type { GamePart } from "./game_part.js";
import type { Valuation } from "./kernel_values.js";
import { posteriors } from "./posterior.js";
import { kernelRows } from "./residuals.js";
import { type Seen, type Surrogate, seenOf } from "./surrogate.js";

/** A single antithetic walk says nothing of its own noise. */
export const MIN_WALKS = 2;

/** As many further walks a player's variance is believed to be known from before any is walked. */
const BELIEVED_WALKS = 4;

const CORRECTED = "posterior of the surrogate and t over antithetic pairs";

/** A surrogate, and antithetic walks that it did not see. */
export interface Walked {
  readonly surrogate: Surrogate;
  readonly valuation: Valuation;
  readonly walks: Played<PermutationDesign>;
  readonly confidence: number;
}

/** @param pairs what the surrogate was shown, @param walks what was walked, of any payoffs of the same coalitions. */
export type WalkedEstimator = (pairs: Payoffs, walks: Payoffs) => Estimate;

/**
 * The surrogate's values and, beside them, the mean marginals along walks of what it does not know. Those are unbiased but noisy: each player's is weighed by how
 * far off the surrogate is believed to be, alike for all payoffs of the same coalitions. That belief has the posterior's shape and, where corrections show more
 * than their noise, their size.
 */
export function correctedByWalks(walked: Walked, pairs: Payoffs): WalkedEstimator {
  const { surrogate, valuation, walks, confidence } = walked;
  const beliefs = posteriors(surrogate, valuation);
  const moments = residualMoments(surrogate, walks);
  const look = (seen: Seen, payoffs: Payoffs) => {
    const { mean, variance, count } = moments(seen, payoffs);
    const { values, deviations } = beliefs(seen);
    const noise = moderated(variance, deviations, count - 1).map((s2) => Math.sqrt(s2 / count));
    const { errors, degrees } = widened({ ...surrogate, ...seen }, deviations);
    const level = Math.max(1, shownDoubt(mean, noise) / rootMeanSquare(errors) || 1);
    return { values, mean, noise, count, doubts: errors.map((error) => level * error), degrees };
  };
  const first = look(seenOf(surrogate, pairs), walks);
  const weights = first.doubts.map((doubt, i) => weightOf(doubt, float64At(first.noise, i)));
  return (pairs, walks) => {
    const { values, mean, noise, count, doubts, degrees } = look(seenOf(surrogate, pairs), walks);
    const adjusted = shareMissing(
      values.map((value, i) => value + float64At(weights, i) * float64At(mean, i)),
      walks.full - walks.empty,
    );
    // Of few walks the noise is known too badly to take anything off a doubt.
    const trusted = count >= MIN_PAIRS_FOR_ERRORS;
    const mixed = weights.map((weight, i) => Math.hypot((1 - weight) * float64At(doubts, i), weight * float64At(noise, i)));
    const { uncertainty, ...known } = tErrors(adjusted, trusted ? mixed : doubts, trusted ? count - 1 : degrees, CORRECTED, confidence);
    return { values: adjusted, ...known, uncertainty: { ...uncertainty, posterior: true }, biased: false };
  };
}

/**
 * Variances of few walks are too small here and too large there by chance: each is drawn to what all of them say of one whose value is as uncertain to the surrogate
 * (Smyth 2004, Linear models and empirical Bayes methods: moderated variances).
 */
function moderated(variance: Float64Array, deviations: Float64Array, degrees: number): Float64Array {
  const unit = sum(variance) / sum(deviations.map((deviation) => deviation ** 2)) || 0;
  return variance.map((s2, i) => (degrees * s2 + BELIEVED_WALKS * unit * float64At(deviations, i) ** 2) / (degrees + BELIEVED_WALKS));
}

const rootMeanSquare = (values: Float64Array): number => Math.sqrt(sum(values.map((value) => value ** 2)) / values.length);

/** Moments of the marginals of what the surrogate misses along walks, of any payoffs of the same walks. */
function residualMoments(surrogate: Surrogate, walks: Played<PermutationDesign>): (seen: Seen, payoffs: Payoffs) => Moments {
  const n = surrogate.seen.players;
  const orders = walks.rounds.flatMap(({ design }) => design.orders);
  const kernel = kernelRows(prefixesOf(orders, n), surrogate);
  return ({ scale, alpha }, { empty, full, rounds }) => {
    let row = 0;
    const missed = (target: number): number => target - scale * dot(kernel(row++), alpha);
    const top = missed((full - empty) / 2);
    const residual: Played<PermutationDesign> = {
      empty: -top,
      full: top,
      rounds: walks.rounds.map((round, at) => {
        const { payoffs } = itemAt(rounds, at);
        const odd = new Float64Array(payoffs.length);
        for (let from = 0; from < payoffs.length; from += 2 * (n - 1)) {
          for (let step = 0; step < n - 1; step++) {
            // The complement of a step forwards is a step on the way back.
            const [there, back] = [from + step, from + 2 * (n - 1) - 1 - step];
            addAt(odd, there, missed((float64At(payoffs, there) - float64At(payoffs, back)) / 2));
            addAt(odd, back, -float64At(odd, there));
          }
        }
        return { ...round, payoffs: odd };
      }),
    };
    return pairMoments(residual, n);
  };
}

/** N, then the n − 1 coalitions between ∅ and N that each order passes through. */
function prefixesOf(orders: readonly Int32Array[], n: number): GamePart {
  const count = 1 + orders.length * (n - 1);
  const signs = new Int8Array(count * n).fill(-1);
  signs.fill(1, 0, n);
  for (const [at, order] of orders.entries()) {
    for (let step = 0; step < n - 1; step++) {
      const from = (1 + at * (n - 1) + step) * n;
      for (const player of order.subarray(0, step + 1)) signs[from + player] = 1;
    }
  }
  return { parity: -1, players: n, signs, targets: new Float64Array(count), count };
}
