import { cholesky, choleskyInverse, choleskySolve } from "../../math/cholesky.js";
import { addAt } from "../../util/elements.js";
import type { GamePart } from "./game_part.js";
import { covariance, type Kernel, kernelParts, type Parts, roughShare } from "./kernel.js";
import { commonSlopes } from "./likeness.js";

/** How well a kernel explains what was played, and which way to move its parameters. */
export interface Look {
  /** log p(targets | kernel), up to a constant. */
  readonly score: number;
  /** By the logarithms of √lowest, √interacting, √rough, ℓ_1 … ℓ_n, then of the common variance's root where players are alike. */
  readonly gradient: Float64Array;
}

/**
 * Marginal likelihood of a Gaussian process with its gradient ½ tr((ααᵀ − K⁻¹) ∂K), α = K⁻¹ y (Rasmussen & Williams 2006, §5.4.1);
 * null where the matrix cannot be factored. O(count³ + count² n).
 */
export function marginalLikelihood(part: GamePart, kernel: Kernel): Look | null {
  const { count, targets } = part;
  const parts = kernelParts(part, kernel);
  const factor = cholesky(covariance(parts, kernel, count), count, 0);
  if (factor === null) return null;
  const alpha = choleskySolve(factor, count, targets);
  let score = 0;
  for (let row = 0; row < count; row++) {
    score -= ((targets[row] as number) * (alpha[row] as number)) / 2 + Math.log(factor[row * count + row] as number);
  }
  return { score, gradient: slopes(part, kernel, parts, sensitivity(alpha, choleskyInverse(factor, count), count)) };
}

/** ∂ score / ∂K of the lower triangle, entries off the diagonal counted twice. */
function sensitivity(alpha: Float64Array, inverse: Float64Array, count: number): Float64Array {
  const change = new Float64Array(count * count);
  for (let s = 0; s < count; s++) {
    for (let t = 0; t <= s; t++) {
      const at = s * count + t;
      change[at] = (s === t ? 0.5 : 1) * ((alpha[s] as number) * (alpha[t] as number) - (inverse[at] as number));
    }
  }
  return change;
}

function slopes(part: GamePart, kernel: Kernel, parts: Parts, change: Float64Array): Float64Array {
  const { parity, signs, players: n, count } = part;
  let [lowest, interacting, rough, common] = [0, 0, 0, 0];
  // Σ over entries of what a longer ℓ_i takes away wherever rows agree in i, and of what it changes more where they do not.
  let agreeing = 0;
  const moments = new Float64Array(n);
  for (let s = 0; s < count; s++) {
    for (let t = 0; t <= s; t++) {
      const at = s * count + t;
      const moved = change[at] as number;
      lowest += moved * (parts.lowest[at] as number);
      if (parts.common !== null) common += moved * (parts.common[at] as number);
      const near = (moved * kernel.interacting * (parts.near[at] as number)) / 2;
      const opposite = (moved * kernel.interacting * (parts.opposite[at] as number)) / 2;
      interacting += near + opposite;
      agreeing -= near + opposite;
      const both = (near - opposite) / 2;
      for (let i = 0; i < n; i++) {
        moments[i] = (moments[i] as number) + both * (signs[s * n + i] as number) * (signs[t * n + i] as number);
      }
    }
    rough += (change[s * count + s] as number) * roughShare(parity, s);
  }
  const gradient = new Float64Array(3 + n + (kernel.common === null ? 0 : 1));
  gradient[0] = 2 * kernel.lowest * lowest;
  gradient[1] = 2 * interacting;
  gradient[2] = 2 * kernel.rough * rough;
  for (let i = 0; i < n; i++) gradient[3 + i] = (kernel.relevance[i] as number) * (agreeing / 2 + (moments[i] as number));
  if (kernel.common !== null) {
    const { likeness, variance } = kernel.common;
    gradient[3 + n] = 2 * variance * common;
    for (const [i, slope] of commonSlopes(part, likeness, kernel.relevance, change).entries()) addAt(gradient, 3 + i, variance * slope);
  }
  return gradient;
}
