import { defineMethod } from "../method.js";
import { PAIRED_REGRESSION, pairedRegression } from "../regression.js";

/**
 * Paired KernelSHAP: Shapley's regression with coalitions drawn in proportion to its kernel (n−1) / (C(n,s) s (n−s)), which gives
 * size s the mass 1 / (s (n−s)), as pairs without replacement.
 *
 * Lundberg & Lee (2017), A unified approach to interpreting model predictions; pairs: Covert & Lee (2021), Improving KernelSHAP.
 */
export const kernel = defineMethod({
  ...PAIRED_REGRESSION,
  name: "kernel",
  summary: "paired KernelSHAP regression, without replacement: best from 4n coalitions on for up to 16 players",
  citation: "Lundberg & Lee 2017; Covert & Lee 2021",
  create: pairedRegression((size, n) => 1 / (size * (n - size))),
});
