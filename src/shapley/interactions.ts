import { BudgetError } from "../errors.js";
import { membersOf, sizeOf } from "../game/coalitions.js";
import type { Played } from "../game/types.js";
import { bitCount, shapleyWeights } from "../math/combinatorics.js";
import { addAt, float64At } from "../util/elements.js";
import type { MethodPlan } from "./plan.js";
import { payoffTable } from "./table.js";

/** How much two players are worth together beyond what they are worth apart. */
export interface Interaction {
  readonly first: number;
  readonly second: number;
  /** Positive: they need each other. Negative: one can stand for the other. */
  readonly value: number;
}

export interface Interactions {
  /** Every pair, largest |value| first. */
  readonly pairs: readonly Interaction[];
  /** What is left to each player alone: φ_i − ½ Σ_j I_ij. With the pairs they sum to v(N) − v(∅). */
  readonly main: Float64Array;
  readonly exact: boolean;
}

/** Sampled interactions keep four sums for every pair and size: 50 MB at this many players. */
export const INTERACTIONS_MAX_PLAYERS = 128;

type PlayedPlan = Pick<MethodPlan, "definition" | "enumerates">;

/** @throws BudgetError where a plan's run will tell nothing of pairs: to be asked before it is played. */
export function requireInteractions({ definition: { name, pairs }, enumerates }: PlayedPlan, n: number): void {
  if (pairs !== true) throw new BudgetError(`${name} ${pairs.refused}: for interactions use sampler auto or leverage`);
  if (!enumerates && n > INTERACTIONS_MAX_PLAYERS) {
    throw new BudgetError(`interactions are sampled for up to ${INTERACTIONS_MAX_PLAYERS} players; there are ${n}: use words or sentences`);
  }
}

/** Pairwise interactions of a run, exact where it enumerated. */
export function pairInteractions(plan: PlayedPlan, played: Played<unknown>, values: Float64Array, n: number): Interactions {
  requireInteractions(plan, n);
  return plan.enumerates ? exactInteractions(played, values, n) : sampledInteractions(played, values, n);
}

/**
 * Pairwise Shapley interactions (k-SII of order 2): I_ij averages v(S∪ij) − v(S∪i) − v(S∪j) + v(S) over S, every size 0…n−2
 * alike. Grabisch & Roubens (1999); k-SII: Bordt & von Luxburg (2023).
 * @param played a run of `exact`: all 2^n coalitions by bit pattern
 */
export function exactInteractions(played: Played<unknown>, values: Float64Array, n: number): Interactions {
  const table = payoffTable(played, n);
  const weights = n >= 2 ? shapleyWeights(n - 1) : new Float64Array(0);
  const interactions = eachPair(n, (i, j) => {
    const [bitI, bitJ] = [1 << i, 1 << j];
    const sums = new Float64Array(Math.max(0, n - 1));
    for (let mask = 0; mask < table.length; mask++) {
      if ((mask & (bitI | bitJ)) !== 0) continue;
      const change =
        (table[mask | bitI | bitJ] as number) - (table[mask | bitI] as number) - (table[mask | bitJ] as number) + (table[mask] as number);
      const size = bitCount(mask);
      sums[size] = (sums[size] as number) + change;
    }
    return weights.reduce((sum, weight, size) => sum + weight * float64At(sums, size), 0);
  });
  return ranked(interactions, values, true);
}

/**
 * The same from a sample in which all coalitions of a size are equally likely: the four means of every size are taken over
 * what was drawn, of what the values alone do not explain (r(S) = v(S) − v(∅) − Σ_{i∈S} φ_i), so that an additive game has no
 * interactions however few coalitions there are; a mean without coalitions is 0. Stratified means as in SVARM-IQ (Kolpaczki,
 * Muschalik, Fumagalli, Hammer & Hüllermeier 2024).
 */
export function sampledInteractions(played: Played<unknown>, values: Float64Array, n: number): Interactions {
  const cells = stratify(played, values, n);
  const interactions = eachPair(n, (_i, _j, pair) => {
    let sum = 0;
    for (let size = 0; size <= n - 2; size++) {
      sum += cells.mean(pair, size, 0) - cells.mean(pair, size + 1, 1) - cells.mean(pair, size + 1, 2) + cells.mean(pair, size + 2, 3);
    }
    return sum / (n - 1);
  });
  return ranked(interactions, values, false);
}

interface Cells {
  /** Mean residual over coalitions of `size` that hold neither (0), the first (1), the second (2) or both (3) of a pair. */
  mean(pair: number, size: number, held: 0 | 1 | 2 | 3): number;
}

function stratify(played: Played<unknown>, values: Float64Array, n: number): Cells {
  const sizes = n + 1;
  const sums = new Float64Array(((n * (n - 1)) / 2) * sizes * 4);
  const counts = new Uint32Array(sums.length);
  for (const { coalitions, payoffs } of played.rounds) {
    for (const [at, coalition] of coalitions.entries()) {
      const size = sizeOf(coalition);
      const explained = membersOf(coalition).reduce((sum, player) => sum + float64At(values, player), 0);
      const residual = float64At(payoffs, at) - played.empty - explained;
      let pair = 0;
      for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++) {
          const cell = (pair * sizes + size) * 4 + (coalition[i] as number) + 2 * (coalition[j] as number);
          sums[cell] = (sums[cell] as number) + residual;
          counts[cell] = (counts[cell] as number) + 1;
          pair += 1;
        }
      }
    }
  }
  return {
    mean(pair, size, held) {
      const cell = (pair * sizes + size) * 4 + held;
      const count = counts[cell] as number;
      return count === 0 ? 0 : float64At(sums, cell) / count;
    },
  };
}

function eachPair(n: number, strength: (i: number, j: number, pair: number) => number): readonly Interaction[] {
  const interactions: Interaction[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) interactions.push({ first: i, second: j, value: strength(i, j, interactions.length) });
  }
  return interactions;
}

function ranked(pairs: readonly Interaction[], values: Float64Array, exact: boolean): Interactions {
  const main = values.slice();
  for (const { first, second, value } of pairs) {
    addAt(main, first, -(value / 2));
    addAt(main, second, -(value / 2));
  }
  return { pairs: pairs.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value)), main, exact };
}
