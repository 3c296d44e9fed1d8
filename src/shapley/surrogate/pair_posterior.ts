import { pairCount, pairSections, priorPairVariances } from "./kernel_pairs.js";
import type { Surrogate } from "./surrogate.js";

/** What is known of pairwise interactions once payoffs have been played, in payoff units; pairs in the order 0×1, 0×2, …. */
export interface PairBeliefs {
  readonly values: Float64Array;
  /** Posterior standard deviations, as the kernel has them. */
  readonly deviations: Float64Array;
}

/**
 * Interactions are linear in the payoffs, so that under a Gaussian process of the even part they are normal:
 *   E I = ιᵀ K⁻¹ y,   Var I = I I k − |L⁻¹ ι|²,   ι = I(k(·, rows)),   K = L Lᵀ.
 * O(pairs · rows²).
 */
export function pairPosterior({ seen, kernel, factor, alpha, scale }: Surrogate): PairBeliefs {
  const { players: n, count } = seen;
  const pairs = pairCount(n);
  const sections = pairSections(seen, kernel);
  const values = new Float64Array(pairs);
  const deviations = priorPairVariances(kernel, n);
  const solved = new Float64Array(count);
  for (let pair = 0; pair < pairs; pair++) {
    let mean = 0;
    let known = 0;
    for (let row = 0; row < count; row++) {
      const section = sections[row * pairs + pair] as number;
      mean += section * (alpha[row] as number);
      let rest = section;
      for (let k = 0; k < row; k++) rest -= (factor[row * count + k] as number) * (solved[k] as number);
      solved[row] = rest / (factor[row * count + row] as number);
      known += (solved[row] as number) ** 2;
    }
    values[pair] = scale * mean;
    deviations[pair] = scale * Math.sqrt(Math.max(0, (deviations[pair] as number) - known));
  }
  return { values, deviations };
}
