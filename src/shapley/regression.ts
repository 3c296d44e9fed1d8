import type { Method, MethodOptions } from "../game/types.js";
import { fitPairs } from "./pair_fit.js";
import { type PairedDesign, type PairPlan, samplePairs } from "./paired_sample.js";
import { regressionErrors } from "./regression_errors.js";
import { drawPairs } from "./subsets.js";

/** What all paired regressions have in common: everything but the share of each coalition size. */
export const PAIRED_REGRESSION = {
  estimand: "shapley",
  efficient: true,
  exhausts: true,
  errors: "jackknife over pairs",
  pairs: true,
  /** Below, the pairs cannot span the n − 1 directions they have to. */
  minBudget: (n: number): number => Math.max(2, 2 * n),
} as const;

/** @param mass how many rows of each size are wanted. */
export function pairedRegression(mass: PairPlan["mass"]) {
  return ({ confidence }: MethodOptions): Pick<Method<PairedDesign>, "sample" | "estimate"> => ({
    sample: (n, budget, rng) => samplePairs(n, budget, { mass, draw: drawPairs }, rng),
    estimate(played, n) {
      const fit = fitPairs(played, n);
      return { values: fit.values, ...regressionErrors(fit, n, confidence), biased: fit.singular };
    },
  });
}
