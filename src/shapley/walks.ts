import type { Coalition, Estimate, Played, Round } from "../game/types.js";
import { addAt, float64At } from "../util/elements.js";
import { noErrorKnown, tErrors } from "./uncertainty.js";

/** Orders of one round. `antithetic`: each is walked forwards, then backwards; otherwise forwards only. */
export interface PermutationDesign {
  readonly orders: readonly Int32Array[];
  readonly antithetic: boolean;
}

/** Fewer pairs than this give intervals that cover far less than they claim (0.32–0.96 instead of 0.95 at 2–5 pairs). */
export const MIN_PAIRS_FOR_ERRORS = 10;

/**
 * Walks along orders from `drawOrder`, as many pairs as the budget pays for. Rounds end at 10 pairs and then at every 1.5
 * times as many: the points at which a tolerance is looked at.
 */
export function* sampleWalks(
  n: number,
  budget: number,
  drawOrder: () => Int32Array,
): Generator<Round<PermutationDesign>, void, Float64Array> {
  const pairs = n === 1 ? 1 : Math.floor((budget - 2) / (2 * (n - 1)));
  if (pairs < 1) {
    const order = drawOrder();
    yield { coalitions: walk(order), design: { orders: [order], antithetic: false } };
    return;
  }
  for (let done = 0, end = MIN_PAIRS_FOR_ERRORS; done < pairs; end = Math.ceil(1.5 * end)) {
    const orders = Array.from({ length: Math.min(end, pairs) - done }, () => drawOrder());
    const coalitions = orders.flatMap((order) => [...walk(order), ...walk(order.toReversed())]);
    yield { coalitions, design: { orders, antithetic: true } };
    done += orders.length;
  }
}

/** Mean marginals over pairs of walks, with Student's t over the pairs. */
export function estimateWalks(played: Played<PermutationDesign>, n: number, confidence: number): Estimate {
  const { mean, variance, count, antithetic } = pairMoments(played, n);
  if (!antithetic) return { values: mean, ...noErrorKnown("one forward walk: no second one to compare with", confidence), biased: false };
  if (count < MIN_PAIRS_FOR_ERRORS) {
    const pairs = count === 1 ? "1 antithetic pair is" : `${count} antithetic pairs are`;
    const reason = `${pairs} too few for an honest error (${MIN_PAIRS_FOR_ERRORS} are needed)`;
    return { values: mean, ...noErrorKnown(reason, confidence), biased: false };
  }
  const stdErrors = variance.map((s2) => Math.sqrt(s2 / count));
  return { values: mean, ...tErrors(mean, stdErrors, count - 1, "t over antithetic pairs", confidence), biased: false };
}

/** The n − 1 coalitions between ∅ and N that an order passes through, smallest first. */
function walk(order: Int32Array): readonly Coalition[] {
  const members = new Uint8Array(order.length);
  return Array.from(order.subarray(0, -1), (player) => {
    members[player] = 1;
    return members.slice();
  });
}

/** Of every player's marginals. */
export interface Moments {
  readonly mean: Float64Array;
  /** Sample variance of one pair's (or walk's) marginals, with count − 1 below. */
  readonly variance: Float64Array;
  readonly count: number;
  readonly antithetic: boolean;
}

/** Welford's running mean and variance of each player's marginal per pair. */
export function pairMoments(played: Played<PermutationDesign>, n: number): Moments {
  const mean = new Float64Array(n);
  const squares = new Float64Array(n);
  let count = 0;
  let antithetic = true;
  for (const { design, payoffs } of played.rounds) {
    antithetic = design.antithetic;
    const walks = antithetic ? 2 : 1;
    for (const [at, order] of design.orders.entries()) {
      const marginals = new Float64Array(n);
      const from = at * walks * (n - 1);
      addMarginals(marginals, order, payoffs.subarray(from, from + n - 1), played, 1 / walks);
      if (antithetic) addMarginals(marginals, order.toReversed(), payoffs.subarray(from + n - 1, from + 2 * (n - 1)), played, 0.5);
      count += 1;
      for (const [i, marginal] of marginals.entries()) {
        const delta = marginal - float64At(mean, i);
        addAt(mean, i, delta / count);
        addAt(squares, i, delta * (marginal - float64At(mean, i)));
      }
    }
  }
  return { mean, variance: squares.map((sum) => sum / (count - 1)), count, antithetic };
}

/** Adds `scale` × each player's marginal along one walk; `between` holds v of the n − 1 coalitions on the way. */
function addMarginals(
  marginals: Float64Array,
  order: Int32Array,
  between: Float64Array,
  ends: { readonly empty: number; readonly full: number },
  scale: number,
): void {
  let before = ends.empty;
  for (const [step, player] of order.entries()) {
    const after = between[step] ?? ends.full;
    addAt(marginals, player, scale * (after - before));
    before = after;
  }
}
