import type { Method, MethodOptions } from "../game/types.js";
import { requireBudget } from "./budget.js";
import { coveringCount, drawCoveringPairs } from "./covering_pairs.js";
import { type PairedDesign, type PairPlan, pairsOf, samplePairs } from "./paired_sample.js";
import { strataEstimate, strataOf } from "./strata.js";

/** Every size alike, once each (player, size) stratum has been reached. */
export const COMPLEMENTARY_PLAN: PairPlan = { mass: () => 1, least: coveringCount, draw: drawCoveringPairs };

/**
 * Complementary contributions: CC(S) = v(S) − v(N∖S), and φ_i = (1/n) Σ_s E[CC(S) | i ∈ S, |S| = s]. One pair tells something
 * about every player. Reaching every (player, size) stratum takes 34 / 76 / 2,200 / 14,100 coalitions at n = 8 / 14 / 200 / 1,000;
 * below that the estimate is marked biased.
 *
 * Zhang, Sun, Liu, Xiong, Pei & Ren (2023), Efficient sampling approaches to Shapley value approximation.
 */
export function complementary({ confidence }: MethodOptions): Method<PairedDesign> {
  return {
    adaptive: false,
    *sample(n, budget, rng) {
      requireBudget("complementary", n, budget, n + 1);
      yield* samplePairs(n, budget, COMPLEMENTARY_PLAN, rng);
    },
    estimate(played, n) {
      return strataEstimate(strataOf(pairsOf(played), n), played.full - played.empty, n, confidence);
    },
  };
}
