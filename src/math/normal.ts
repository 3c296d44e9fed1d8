/** P(Z ≤ z) of a standard normal Z, to 1e-7 of itself or its complement (Press et al., Numerical Recipes, §6.2: erfc by Chebyshev's fit). */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const fit = COEFFICIENTS.reduceRight((sum, coefficient) => coefficient + t * sum, 0);
  const tail = (t * Math.exp(-x * x + fit)) / 2;
  return z >= 0 ? 1 - tail : tail;
}

const COEFFICIENTS = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277,
] as const;
