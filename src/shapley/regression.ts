import type { Estimator, Method, MethodOptions, Played } from "../game/types.js";
import { pairFitter } from "./pair_fit.js";
import { eachClass, type PairedDesign, type PairPlan, samplePairs } from "./paired_sample.js";
import { errorsOfFits } from "./regression_errors.js";
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
  return ({ confidence }: MethodOptions): Pick<Method<PairedDesign>, "sample" | "estimate" | "estimator"> => ({
    sample: (n, budget, rng) => samplePairs(n, budget, { mass, draw: eachClass(drawPairs) }, rng),
    estimate: (played, n) => regressionEstimator(played, n, confidence)(played),
    estimator: (played, n) => regressionEstimator(played, n, confidence),
  });
}

/** The regression's values and their jackknife errors. */
export function regressionEstimator(played: Played<PairedDesign>, n: number, confidence: number): Estimator {
  const fitter = pairFitter(played, n);
  const errors = errorsOfFits(fitter(played), n, confidence);
  return (payoffs) => {
    const fit = fitter(payoffs);
    return { values: fit.values, ...errors(fit), biased: fit.singular };
  };
}
