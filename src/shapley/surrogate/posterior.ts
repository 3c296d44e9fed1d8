import { choleskySolve } from "../../math/cholesky.js";
import { priorVariances, sectionValues } from "./kernel_values.js";
import type { Surrogate } from "./surrogate.js";

/** What is known of Shapley values once payoffs have been played, in payoff units. */
export interface Posterior {
  /** Posterior means: exact Shapley values of the surrogate, and of what it leaves unexplained where that was played. */
  readonly values: Float64Array;
  /** Posterior standard deviations, as the kernel has them. */
  readonly deviations: Float64Array;
}

/**
 * Shapley values are linear in the payoffs, so that under a Gaussian process they are normal too:
 *   E φ_i = κ_iᵀ K⁻¹ y,   Var φ_i = φ_i φ_i k − κ_iᵀ K⁻¹ κ_i,   κ_i = φ_i(k(·, rows)).
 */
export function posterior({ seen, scale, kernel, factor, alpha }: Surrogate): Posterior {
  const { players: n, count } = seen;
  const sections = sectionValues(seen, kernel);
  const variances = priorVariances(kernel, n);
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const section = Float64Array.from({ length: count }, (_, row) => sections[row * n + i] as number);
    values[i] = scale * dot(section, alpha);
    variances[i] = (variances[i] as number) - dot(section, choleskySolve(factor, count, section));
  }
  return { values, deviations: variances.map((variance) => scale * Math.sqrt(Math.max(0, variance))) };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
