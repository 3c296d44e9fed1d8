import type { OddPart } from "./odd_part.js";

/**
 * What is believed of o before a coalition is played: a Gaussian process with covariance
 *   k(x, y) = a xᵀy/n + b ½ (e^{−Σ ℓ_i [x_i ≠ y_i]} − e^{−Σ ℓ_i [x_i = y_i]}) + c [x = y],   x, y ∈ {−1, 1}ⁿ,
 * which is additive payoffs, interactions of every odd order among players in the measure of their relevance ℓ_i (0: the player takes
 * no part), and what no structure explains. Each is the odd part of a product kernel on the cube.
 */
export interface Kernel {
  readonly additive: number;
  readonly interacting: number;
  readonly rough: number;
  /** ℓ_i > 0 */
  readonly relevance: Float64Array;
}

/** v(N) − v(∅) is believed to be as good as free of roughness, so that a surrogate adds up to it. */
export const ROUGH_AT_FULL = 1e-3;

/** Of the targets' variance: keeps the matrix factorisable where payoffs have no roughness at all. */
export const JITTER = 1e-9;

/** Roughness of a row. */
export const roughnessOf = ({ rough }: Kernel, row: number): number => (row === 0 ? ROUGH_AT_FULL * rough : rough) + JITTER;

/** Parts of the covariance matrix, lower triangles, row-major `count` × `count`. */
export interface Parts {
  /** xᵀy/n */
  readonly additive: Float64Array;
  /** e^{−Σ ℓ_i [x_i ≠ y_i]} */
  readonly near: Float64Array;
  /** e^{−Σ ℓ_i [x_i = y_i]} */
  readonly opposite: Float64Array;
}

export function kernelParts({ signs, players: n, count }: OddPart, { relevance }: Kernel): Parts {
  const parts = {
    additive: new Float64Array(count * count),
    near: new Float64Array(count * count),
    opposite: new Float64Array(count * count),
  };
  const total = relevance.reduce((sum, length) => sum + length, 0);
  for (let s = 0; s < count; s++) {
    for (let t = 0; t <= s; t++) {
      let agreement = 0;
      let weighted = 0;
      for (let i = 0; i < n; i++) {
        const same = (signs[s * n + i] as number) * (signs[t * n + i] as number);
        agreement += same;
        weighted += same * (relevance[i] as number);
      }
      const at = s * count + t;
      parts.additive[at] = agreement / n;
      parts.near[at] = Math.exp((weighted - total) / 2);
      parts.opposite[at] = Math.exp(-(weighted + total) / 2);
    }
  }
  return parts;
}

/** The covariance matrix of the rows; its lower triangle is filled, which is all that a Cholesky factor is made from. */
export function covariance(parts: Parts, kernel: Kernel, count: number): Float64Array {
  const { additive, interacting } = kernel;
  const matrix = parts.additive.map(
    (agreement, at) => additive * agreement + (interacting / 2) * ((parts.near[at] as number) - (parts.opposite[at] as number)),
  );
  for (let row = 0; row < count; row++) matrix[row * count + row] = (matrix[row * count + row] as number) + roughnessOf(kernel, row);
  return matrix;
}
