import { BudgetError } from "../errors.js";
import type { Estimate, Played } from "../game/types.js";
import { bitCount, shapleyWeights } from "../math/combinatorics.js";
import { maxOf } from "../util/arrays.js";
import { addAt, float64At } from "../util/elements.js";
import type { MethodPlan } from "./plan.js";
import { MIN_PAIRS_A_PLAYER } from "./regression_errors.js";
import { evenPart } from "./surrogate/even_part.js";
import { thinned } from "./surrogate/game_part.js";
import { eachPair, pairCount } from "./surrogate/kernel_pairs.js";
import { pairPosterior } from "./surrogate/pair_posterior.js";
import { fitSurrogate, heldOutErrors, type Surrogate, seenAtMost } from "./surrogate/surrogate.js";
import { payoffTable } from "./table.js";
import { noErrorKnown, noSamplingError, tErrors } from "./uncertainty.js";

/** How much two players are worth together beyond what they are worth apart. */
export interface Interaction {
  readonly first: number;
  readonly second: number;
  /** Positive: they need each other. Negative: one can stand for the other. */
  readonly value: number;
  /** Of sampling; 0 where every coalition was played, null where none is known. */
  readonly stdError: number | null;
  /** [low, high] at `uncertainty.confidence`; null with `stdError`. */
  readonly interval: readonly [low: number, high: number] | null;
}

export interface Interactions {
  /** Every pair, largest |value| first. */
  readonly pairs: readonly Interaction[];
  /** What is left to each player alone: φ_i − ½ Σ_j I_ij. With the pairs they sum to v(N) − v(∅). */
  readonly main: Float64Array;
  readonly exact: boolean;
  readonly uncertainty: Estimate["uncertainty"];
}

/** A surrogate tells of every pair by what every row says of it: 64 MB at this many players. */
export const INTERACTIONS_MAX_PLAYERS = 128;

type PlayedPlan = Pick<MethodPlan, "definition" | "enumerates">;

/** @throws BudgetError where a plan's run will tell nothing of pairs: to be asked before it is played. */
export function requireInteractions({ definition: { name, pairs }, enumerates }: PlayedPlan, n: number): void {
  if (pairs !== true) throw new BudgetError(`${name} ${pairs.refused}: for interactions use sampler auto or leverage`);
  if (!enumerates && n > INTERACTIONS_MAX_PLAYERS) {
    throw new BudgetError(`interactions are sampled for up to ${INTERACTIONS_MAX_PLAYERS} players; there are ${n}: use words or sentences`);
  }
}

/** Pairwise interactions of a run, exact where it enumerated. @param confidence of the intervals */
export function pairInteractions(
  plan: PlayedPlan,
  played: Played<unknown>,
  values: Float64Array,
  n: number,
  confidence: number,
): Interactions {
  requireInteractions(plan, n);
  return plan.enumerates ? exactInteractions(played, values, n, confidence) : sampledInteractions(played, values, n, confidence);
}

/**
 * Pairwise Shapley interactions (k-SII of order 2): I_ij averages v(S∪ij) − v(S∪i) − v(S∪j) + v(S) over S, every size 0…n−2
 * alike. Grabisch & Roubens (1999); k-SII: Bordt & von Luxburg (2023).
 * @param played a run of `exact`: all 2^n coalitions by bit pattern
 */
export function exactInteractions(played: Played<unknown>, values: Float64Array, n: number, confidence: number): Interactions {
  const strengths = tableInteractions(payoffTable(played, n), n);
  return ranked(strengths, noSamplingError(strengths, confidence), values, true);
}

/** The same from all 2^n payoffs by bit pattern; pairs in the order 0×1, 0×2, …. */
export function tableInteractions(table: Float64Array, n: number): Float64Array {
  const weights = n >= 2 ? shapleyWeights(n - 1) : new Float64Array(0);
  const strengths = new Float64Array(pairCount(n));
  eachPair(n, (i, j, pair) => {
    const [bitI, bitJ] = [1 << i, 1 << j];
    for (let mask = 0; mask < table.length; mask++) {
      if ((mask & (bitI | bitJ)) !== 0) continue;
      const change =
        (table[mask | bitI | bitJ] as number) - (table[mask | bitI] as number) - (table[mask | bitJ] as number) + (table[mask] as number);
      addAt(strengths, pair, float64At(weights, bitCount(mask)) * change);
    }
  });
  return strengths;
}

const ERRORS = "posterior of a surrogate of the even part, scaled by held-out pairs";

/** Multiplications that all pairs' errors may take: pairs · rows² / 2. */
const MOST_WORK = 1e9;

/**
 * The same from a sample of coalitions with their complements. Interactions of two players see the even part of a game alone, as Shapley
 * values see the odd part: a Gaussian process is fitted to it, and its interactions with their errors are had in closed form, as those of
 * the sampler `proxy`. Errors are widened where held-out pairs were missed by more than was expected, and by what the kernel's
 * parameters cost.
 */
export function sampledInteractions(played: Played<unknown>, values: Float64Array, n: number, confidence: number): Interactions {
  const part = evenPart(played, n);
  // Of more it is told nothing: what it did not see narrows no error.
  const seen = thinned(part, rowsAtMost(n));
  const pairs = seen.count - 1;
  const degrees = pairs - n - 3;
  const needed = Math.max(MIN_PAIRS_A_PLAYER * n, n + 3 + MIN_DEGREES);
  const surrogate = isFlat(part.targets, played) ? null : fitSurrogate(seen);
  const { values: strengths, deviations } =
    surrogate === null ? { values: new Float64Array(pairCount(n)), deviations: new Float64Array(pairCount(n)) } : pairPosterior(surrogate);
  if (pairs < needed) {
    const reason = `${pairs} coalitions with their complement for ${n} players are too few for an honest error (${needed} are needed)`;
    return ranked(strengths, noErrorKnown(reason, confidence), values, false);
  }
  const wider = surrogate === null ? 0 : missed(surrogate) * Math.sqrt(pairs / degrees);
  const errors = deviations.map((deviation) => wider * deviation);
  return ranked(strengths, tErrors(strengths, errors, degrees, ERRORS, confidence), values, false);
}

/** Below, Student's t says little. */
const MIN_DEGREES = 3;

/** By how much held-out pairs were missed, in what was expected; at least 1. */
function missed(surrogate: Surrogate): number {
  const errors = heldOutErrors(surrogate);
  return Math.max(1, Math.sqrt(errors.reduce((total, z) => total + z * z, 0) / errors.length));
}

/** The payoffs are additive, down to rounding: nothing is left for pairs. */
function isFlat(targets: Float64Array, { empty, full }: Played<unknown>): boolean {
  return maxOf(targets.map(Math.abs), 0) <= 1e-10 * Math.max(Math.abs(empty), Math.abs(full), Math.abs(full - empty));
}

const rowsAtMost = (n: number): number => Math.min(seenAtMost(n), Math.floor(Math.sqrt((2 * MOST_WORK) / pairCount(n))));

function ranked(
  strengths: Float64Array,
  { stdErrors, intervals, uncertainty }: Pick<Estimate, "stdErrors" | "intervals" | "uncertainty">,
  values: Float64Array,
  exact: boolean,
): Interactions {
  const main = values.slice();
  const pairs: Interaction[] = [];
  eachPair(values.length, (first, second, pair) => {
    const value = float64At(strengths, pair);
    addAt(main, first, -(value / 2));
    addAt(main, second, -(value / 2));
    pairs.push({ first, second, value, stdError: stdErrors?.[pair] ?? null, interval: intervals?.[pair] ?? null });
  });
  return { pairs: pairs.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value)), main, exact, uncertainty };
}
