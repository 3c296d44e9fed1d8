import { checkedTree, drawContiguousOrder, flatTree } from "../game/tree.js";
import type { Method, MethodOptions } from "../game/types.js";
import { requireBudget } from "./budget.js";
import { owenCoalitionCount, owenValues, planOwen } from "./owen_exact.js";
import { estimateWalks, type PermutationDesign, sampleWalks } from "./permutation.js";
import { noSamplingError } from "./uncertainty.js";

/** `exact`: every coalition of Owen's formula was played, and no orders were drawn. */
export type OwenDesign = PermutationDesign & { readonly exact?: true };

/**
 * Hierarchical values: Owen's value for nested unions of players (turns, sentences, words, tokens). Players of one union
 * enter together, so a word is worth what its tokens are worth together, at every level. Owen's formula is played in full
 * where all its coalitions fit into the budget; otherwise antithetic permutations that keep every union contiguous.
 *
 * Owen, G. (1977), Values of games with a priori unions; nested unions: Winter, E. (1989), A value for cooperative games
 * with levels structure of cooperation.
 */
export function owen({ confidence, tree }: MethodOptions): Method<OwenDesign> {
  const treeOf = (n: number) => checkedTree(tree ?? flatTree(n), n);
  return {
    adaptive: false,
    *sample(n, budget, rng) {
      requireBudget("owen", n, budget, n + 1);
      const unions = treeOf(n);
      if (owenCoalitionCount(unions) <= budget) {
        yield { coalitions: planOwen(unions, n).coalitions, design: { exact: true, orders: [], antithetic: true } };
        return;
      }
      yield* sampleWalks(n, budget, () => drawContiguousOrder(unions, rng));
    },
    estimate(played, n) {
      const [first] = played.rounds;
      if (first?.design.exact !== true) return estimateWalks(played, n, confidence);
      const payoffs = new Float64Array(first.payoffs.length + 2);
      payoffs.set([played.empty, played.full]);
      payoffs.set(first.payoffs, 2);
      const values = owenValues(planOwen(treeOf(n), n), payoffs);
      return { values, ...noSamplingError(values, confidence), biased: false };
    },
  };
}
