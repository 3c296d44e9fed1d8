import { defineMethod } from "../method.js";
import { PAIRED_REGRESSION, pairedRegression } from "../regression.js";

/**
 * Paired Leverage SHAP: coalitions are drawn with probability proportional to their leverage in Shapley's regression, which
 * gives every size 1…n−1 the same expected mass (as far as a size has that many coalitions), as pairs without replacement.
 *
 * Musco & Witter (2025), Provably accurate Shapley value estimation via leverage score sampling, arXiv:2410.01917.
 */
export const leverage = defineMethod({
  ...PAIRED_REGRESSION,
  name: "leverage",
  summary: "paired Leverage SHAP regression, without replacement: best from 4n coalitions on for many players",
  citation: "Musco & Witter 2025, arXiv:2410.01917",
  create: pairedRegression(() => 1),
});
