import type { Method, MethodOptions } from "../game/types.js";
import { requireBudget } from "./budget.js";
import type { MethodName } from "./names.js";
import { fitPairs } from "./pair_fit.js";
import { type PairedDesign, type PairPlan, samplePairs } from "./paired_sample.js";
import { regressionErrors } from "./regression_errors.js";
import { drawPairs } from "./subsets.js";

/** Smallest budget of the paired regressions: below, the pairs cannot span the n − 1 directions they have to. */
export const regressionMinBudget = (n: number): number => Math.max(2, 2 * n);

/** A regression method: everything but the share of each coalition size is common to Leverage SHAP and KernelSHAP. */
export function pairedRegression(name: MethodName, mass: PairPlan["mass"], { confidence }: MethodOptions): Method<PairedDesign> {
  return {
    adaptive: false,
    *sample(n, budget, rng) {
      requireBudget(name, n, budget, regressionMinBudget(n));
      yield* samplePairs(n, budget, { mass, draw: drawPairs }, rng);
    },
    estimate(played, n) {
      const fit = fitPairs(played, n);
      return { values: fit.values, ...regressionErrors(fit, n, confidence), biased: fit.singular };
    },
  };
}
