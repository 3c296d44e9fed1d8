import { logGamma } from "./log_gamma.js";

/**
 * The t with P(|T| ≤ t) = confidence for Student's distribution.
 * @param confidence two-sided, in (0, 1)
 * @param degrees degrees of freedom, > 0
 */
export function studentT(confidence: number, degrees: number): number {
  const tail = 1 - confidence;
  // P(|T| > t) falls in t: bracket, then halve. 200 halvings reach the last bit.
  let low = 0;
  let high = 1;
  while (twoSidedTail(high, degrees) > tail && high < 1e300) high *= 2;
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (twoSidedTail(middle, degrees) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(|T| > t) = I_x(ν/2, 1/2) with x = ν/(ν + t²) (Abramowitz & Stegun 26.5.27). */
function twoSidedTail(t: number, degrees: number): number {
  return regularisedBeta(degrees / (degrees + t * t), (t * t) / (degrees + t * t), degrees / 2, 0.5);
}

/** I_x(a, b) by the continued fraction of Numerical Recipes §6.4; `y` is 1 − x, given apart so that nothing is lost near 1. */
function regularisedBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(y));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(y, b, a)) / b;
}

/** Lentz's evaluation of the continued fraction of I_x(a, b). */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return result;
}
