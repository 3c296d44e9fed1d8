import { choleskySolve } from "../../math/cholesky.js";
import { dot } from "../../util/arrays.js";
import { SHAPLEY, type Valuation } from "./kernel_values.js";
import type { Seen, Surrogate } from "./surrogate.js";

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
export function posterior(surrogate: Surrogate): Posterior {
  return posteriors(surrogate)(surrogate);
}

/**
 * Of any payoffs that the kernel was shown at the same rows: its sections and variances are found once.
 * @param valuation what values are asked for, linear in payoffs.
 */
export function posteriors({ seen: rows, kernel, factor }: Surrogate, valuation: Valuation = SHAPLEY): (seen: Seen) => Posterior {
  const { players: n, count } = rows;
  const all = valuation.sections(rows, kernel);
  const variances = valuation.variances(kernel, n);
  const sections = Array.from({ length: n }, (_, i) => Float64Array.from({ length: count }, (_row, row) => all[row * n + i] as number));
  for (const [i, section] of sections.entries()) {
    variances[i] = (variances[i] as number) - dot(section, choleskySolve(factor, count, section));
  }
  return ({ scale, alpha }) => ({
    values: Float64Array.from(sections, (section) => scale * dot(section, alpha)),
    deviations: variances.map((variance) => scale * Math.sqrt(Math.max(0, variance))),
  });
}
