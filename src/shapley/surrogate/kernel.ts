import type { GamePart } from "./game_part.js";
import { commonParts, type Likeness } from "./likeness.js";

/**
 * What is believed of a part of a game before a coalition is played: a Gaussian process with covariance
 *   k(x, y) = a q(xᵀy) + b ½ (e^{−Σ ℓ_i [x_i ≠ y_i]} ± e^{−Σ ℓ_i [x_i = y_i]}) + c [x = y],   x, y ∈ {−1, 1}ⁿ,
 * which is terms of the lowest order, interactions of every odd (−) or even (+) order among players in the measure of their relevance
 * ℓ_i (0: the player takes no part), and what no structure explains. The lowest order is additive payoffs, q(t) = t/n, in an odd part and
 * all pairs alike, q(t) = (t² − n) / (n (n − 1)), in an even one; q(n) = 1. Of players who say the same, additive payoffs have a share in common:
 *   d Σ_g (Σ_{i∈g} √w_i x_i) (Σ_{i∈g} √w_i y_i) / n   over groups g of them, w_i = 1 or, by relevance, n ℓ_i / 2.
 */
export interface Kernel {
  readonly lowest: number;
  readonly interacting: number;
  readonly rough: number;
  /** ℓ_i > 0 */
  readonly relevance: Float64Array;
  /** null where no players are alike */
  readonly common: Common | null;
}

/** What players who are alike share of additive payoffs. */
export interface Common {
  readonly likeness: Likeness;
  readonly variance: number;
}

/** v(N) − v(∅) is believed to be as good as free of roughness, so that a surrogate of the odd part adds up to it. */
export const ROUGH_AT_FULL = 1e-3;

/** Of the targets' variance: keeps the matrix factorisable where payoffs have no roughness at all. */
export const JITTER = 1e-9;

/** What of the kernel's roughness a row has. */
export const roughShare = (parity: GamePart["parity"], row: number): number => (parity === -1 && row === 0 ? ROUGH_AT_FULL : 1);

/** Parts of the covariance matrix, lower triangles, row-major `count` × `count`. */
export interface Parts extends Pick<GamePart, "parity"> {
  /** q(xᵀy) */
  readonly lowest: Float64Array;
  /** e^{−Σ ℓ_i [x_i ≠ y_i]} */
  readonly near: Float64Array;
  /** parity · e^{−Σ ℓ_i [x_i = y_i]} */
  readonly opposite: Float64Array;
  /** Σ_g (Σ_{i∈g} √w_i x_i) (Σ_{i∈g} √w_i y_i) / n; null where no players are alike */
  readonly common: Float64Array | null;
}

export function kernelParts(part: GamePart, { relevance, common }: Pick<Kernel, "relevance" | "common">): Parts {
  const { parity, signs, players: n, count } = part;
  const parts = {
    parity,
    common: common === null ? null : commonParts(part, common.likeness, relevance),
    lowest: new Float64Array(count * count),
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
      parts.lowest[at] = lowestOrder(parity, agreement, n);
      parts.near[at] = Math.exp((weighted - total) / 2);
      parts.opposite[at] = parity * Math.exp(-(weighted + total) / 2);
    }
  }
  return parts;
}

/** q(xᵀy): of two players or more where the part is even. */
export const lowestOrder = (parity: GamePart["parity"], agreement: number, n: number): number =>
  parity === -1 ? agreement / n : (agreement * agreement - n) / (n * (n - 1));

/** The covariance matrix of the rows; its lower triangle is filled, which is all that a Cholesky factor is made from. */
export function covariance(parts: Parts, kernel: Kernel, count: number): Float64Array {
  const { lowest, interacting, rough, common } = kernel;
  const matrix = parts.lowest.map(
    (alike, at) => lowest * alike + (interacting / 2) * ((parts.near[at] as number) + (parts.opposite[at] as number)),
  );
  if (parts.common !== null && common !== null) {
    for (const [at, shared] of parts.common.entries()) matrix[at] = (matrix[at] as number) + common.variance * shared;
  }
  for (let row = 0; row < count; row++) {
    matrix[row * count + row] = (matrix[row * count + row] as number) + roughShare(parts.parity, row) * rough + JITTER;
  }
  return matrix;
}
