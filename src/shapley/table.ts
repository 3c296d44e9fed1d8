import type { Coalition, Played } from "../game/types.js";
import { shapleyWeights } from "../math/combinatorics.js";
import { float64At } from "../util/elements.js";

/** All coalitions but ∅ and N, the one of bit pattern b at position b − 1 (bit i = player i). @param n at most 20 */
export function enumerateCoalitions(n: number): readonly Coalition[] {
  return Array.from({ length: 2 ** n - 2 }, (_, at) => {
    const coalition = new Uint8Array(n);
    for (let i = 0; i < n; i++) coalition[i] = ((at + 1) >> i) & 1;
    return coalition;
  });
}

/** Payoffs of all 2^n coalitions by bit pattern (bit i = player i), from a run of `exact`. */
export function payoffTable(played: Played<unknown>, n: number): Float64Array {
  const table = new Float64Array(2 ** n);
  table.set(played.rounds[0]?.payoffs ?? [], 1);
  table[0] = played.empty;
  table[2 ** n - 1] = played.full;
  return table;
}

/**
 * Shapley values of a game given by its table, in one pass of n 2^(n−1) marginals. Marginals are summed by coalition size
 * before they are weighted: at most n roundings of weights, and equal players get equal values.
 * @param table payoffs by bit pattern (bit i = player i), length 2^n
 */
export function shapleyValues(table: Float64Array, n: number): Float64Array {
  const sums = new Float64Array(n * n);
  const sizes = new Uint8Array(2 ** n);
  for (let mask = 0; mask < table.length; mask++) {
    const size = (sizes[mask >> 1] as number) + (mask & 1);
    sizes[mask] = size;
    for (let i = 0; i < n; i++) {
      const bit = 1 << i;
      if ((mask & bit) !== 0) continue;
      const at = i * n + size;
      sums[at] = (sums[at] as number) + ((table[mask | bit] as number) - (table[mask] as number));
    }
  }
  const weights = shapleyWeights(n);
  return Float64Array.from({ length: n }, (_, i) => weights.reduce((phi, weight, s) => phi + weight * float64At(sums, i * n + s), 0));
}
