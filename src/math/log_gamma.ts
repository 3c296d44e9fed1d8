import { itemAt } from "../util/elements.js";

/** Lanczos coefficients for g = 7, 9 terms (Godfrey 2001): relative error below 1e-14 for x > 0. */
const G = 7;
const COEFFICIENTS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** ln Γ(x) for x > 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  let sum: number = COEFFICIENTS[0];
  for (let i = 1; i < COEFFICIENTS.length; i++) sum += itemAt(COEFFICIENTS, i) / (x - 1 + i);
  const t = x + G - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}
