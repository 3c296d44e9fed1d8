import { eachClass } from "../../src/shapley/paired_sample.js";
import { drawPairs } from "../../src/shapley/subsets.js";
import type { TableGame } from "../estimators/games.js";
import { boostTrees } from "../surrogates/boosted_trees.js";
import { type Column, valuesOf } from "../surrogates/columns.js";

/**
 * As the Python original's `proxy`: boosted trees fitted to pairs of all sizes alike, their exact Shapley values, and beside them those of what the trees leave by means of
 * strata: φ_i = 1/n Σ_k (mean of r(S), |S| = k + 1, i ∈ S) − (mean of r(S), |S| = k, i ∉ S), a stratum without coalitions being worth nothing.
 */
const COLUMN: Column = {
  name: "trees 3 × 100, strata of the rest",
  plan: { mass: () => 1, draw: eachClass(drawPairs) },
  estimate: ({ empty, full, rounds }, n) => {
    const coalitions = [new Uint8Array(n), new Uint8Array(n).fill(1), ...rounds.flatMap((round) => round.coalitions)];
    const payoffs = [empty, full, ...rounds.flatMap((round) => [...round.payoffs])];
    const { values, residuals } = boostTrees(coalitions, payoffs, n, { trees: 100, depth: 3, rate: 0.1 });
    const rest = stratifiedValues(coalitions, residuals, n);
    return rest.map((value, i) => value + (values[i] as number));
  },
};

export const stratifiedTrees = async (game: TableGame, budget: number, seed: number): Promise<Float64Array> =>
  await valuesOf(COLUMN, game, budget, seed);

/** Exported for its test. */
export function stratifiedValues(coalitions: readonly Uint8Array[], payoffs: ArrayLike<number>, n: number): Float64Array {
  return new Float64Array(n).map((_, player) => {
    const [sums, counts] = [new Float64Array(2 * (n + 1)), new Float64Array(2 * (n + 1))];
    for (const [at, coalition] of coalitions.entries()) {
      const size = coalition.reduce((sum, inside) => sum + inside, 0);
      const stratum = 2 * size + (coalition[player] as number);
      sums[stratum] = (sums[stratum] as number) + (payoffs[at] as number);
      counts[stratum] = (counts[stratum] as number) + 1;
    }
    const mean = (stratum: number): number =>
      (counts[stratum] as number) === 0 ? 0 : (sums[stratum] as number) / (counts[stratum] as number);
    let value = 0;
    for (let k = 0; k < n; k++) value += (mean(2 * (k + 1) + 1) - mean(2 * k)) / n;
    return value;
  });
}
