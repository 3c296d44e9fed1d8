import type { Method, MethodOptions } from "../game/types.js";
import type { PairedDesign } from "./paired_sample.js";
import { pairedRegression } from "./regression.js";

/**
 * Paired Leverage SHAP: coalitions are drawn with probability proportional to their leverage in Shapley's regression, which
 * gives every size 1…n−1 the same expected mass (as far as a size has that many coalitions), as pairs without replacement.
 *
 * Musco & Witter (2025), Provably accurate Shapley value estimation via leverage score sampling, arXiv:2410.01917.
 */
export function leverage(options: MethodOptions): Method<PairedDesign> {
  return pairedRegression("leverage", () => 1, options);
}
