import { checkedTree, drawContiguousOrder, flatTree } from "../../game/tree.js";
import type { Round } from "../../game/types.js";
import { defineMethod } from "../method.js";
import { exactOwen, owenCoalitionCount, planOwen } from "../owen_exact.js";
import { estimateWalks, type PermutationDesign, sampleWalks } from "../walks.js";

/** `exact`: every coalition of Owen's formula was played, and no orders were drawn. */
type OwenDesign = PermutationDesign & { readonly exact?: true };

/**
 * Hierarchical values: Owen's value for nested unions of players (turns, sentences, words, tokens). Players of one union
 * enter together, so a word is worth what its tokens are worth together, at every level. Owen's formula is played in full
 * where all its coalitions fit into the budget; otherwise antithetic permutations that keep every union contiguous.
 *
 * Owen, G. (1977), Values of games with a priori unions; nested unions: Winter, E. (1989), A value for cooperative games
 * with levels structure of cooperation.
 */
export const owen = defineMethod({
  name: "owen",
  summary: "hierarchical: tokens within words within sentences within turns (Owen's value)",
  citation: "Owen 1977; Winter 1989",
  estimand: "owen",
  needsTree: true,
  efficient: true,
  exhausts: true,
  errors: "t over antithetic pairs",
  pairs: { refused: "keeps unions together, so it tells nothing of other pairs" },
  minBudget: (n) => n + 1,
  create: ({ confidence, tree }) => {
    const treeOf = (n: number) => checkedTree(tree ?? flatTree(n), n);
    return {
      *sample(n, budget, rng): Generator<Round<OwenDesign>, void, Float64Array> {
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
        return exactOwen(treeOf(n), n, confidence)(played);
      },
    };
  },
});
