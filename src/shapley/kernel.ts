import type { Method, MethodOptions } from "../game/types.js";
import type { PairedDesign } from "./paired_sample.js";
import { pairedRegression } from "./regression.js";

/**
 * Paired KernelSHAP: Shapley's regression with coalitions drawn in proportion to its kernel (n−1) / (C(n,s) s (n−s)), which gives
 * size s the mass 1 / (s (n−s)), as pairs without replacement.
 *
 * Lundberg & Lee (2017), A unified approach to interpreting model predictions; pairs: Covert & Lee (2021), Improving KernelSHAP.
 */
export function kernel(options: MethodOptions): Method<PairedDesign> {
  return pairedRegression("kernel", (size, n) => 1 / (size * (n - size)), options);
}
