import { banzhafEstimator } from "../banzhaf_fit.js";
import { defineMethod } from "../method.js";
import { eachClass, samplePairs } from "../paired_sample.js";
import { drawPairs } from "../subsets.js";

/**
 * Banzhaf values: β_i = 2^{−(n−1)} Σ_{S ∌ i} (v(S ∪ i) − v(S)), the mean marginal over all coalitions alike. They do not sum to
 * v(N) − v(∅), but change less where payoffs are noisy. All coalitions where the budget pays for them, else Kernel Banzhaf: a regression
 * on uniform coalitions, in pairs without replacement.
 *
 * Banzhaf (1965), Weighted voting doesn't work; Liu et al. (2025), Kernel Banzhaf, arXiv:2410.08336.
 */
export const banzhaf = defineMethod({
  name: "banzhaf",
  summary: "Banzhaf values, not Shapley's: the mean marginal over all coalitions alike (exact, else Kernel Banzhaf)",
  citation: "Banzhaf 1965; Liu et al. 2025, arXiv:2410.08336",
  estimand: "banzhaf",
  efficient: false,
  exhausts: true,
  errors: "jackknife over pairs",
  pairs: true,
  minBudget: (n) => Math.min(Math.max(2, 2 * n), 2 ** n),
  create: ({ confidence }) => ({
    sample: (n, budget, rng) => samplePairs(n, budget, { mass: uniform, draw: eachClass(drawPairs) }, rng),
    estimate: (played, n) => banzhafEstimator(played, n, 2 ** (n - 1), confidence)(played),
    estimator: (played, n) => banzhafEstimator(played, n, 2 ** (n - 1), confidence),
  }),
});

/** As many rows of a size as there are coalitions of it, relative to the most frequent size: C(n, s) overflows above 1,029 players. */
function uniform(size: number, n: number): number {
  let share = 1;
  for (let s = Math.floor(n / 2); s > Math.min(size, n - size); s--) share *= s / (n - s + 1);
  return Math.max(share, Number.MIN_VALUE * 2 ** 60);
}
