import { binomial } from "../../math/combinatorics.js";
import { gaussLegendre } from "../../math/gauss_legendre.js";
import type { GamePart } from "./game_part.js";
import { JITTER, type Kernel } from "./kernel.js";
import { NODES } from "./kernel_values.js";

/** Pairs of n players, in the order 0×1, 0×2, …, (n−2)×(n−1). */
export const pairCount = (n: number): number => (n * (n - 1)) / 2;

/**
 * Interactions I_ij(k(·, y)) of an even part's kernel as a game, for every row y: row-major count × pairs. The Shapley interaction index is
 * the mean mixed slope of the multilinear extension along the diagonal (Grabisch & Roubens 1999), which of a product is a product:
 *   I_ij = ∫₀¹ (κ_i(1, y_i) − κ_i(0, y_i)) (κ_j(1, y_j) − κ_j(0, y_j)) Π_{k≠i,j} ((1−u) κ_k(0, y_k) + u κ_k(1, y_k)) du.
 * The odd part of a product kernel has no interactions of pairs, so its even part has those of the whole.
 */
export function pairSections({ signs, players: n, count }: GamePart, kernel: Kernel): Float64Array {
  const pairs = pairCount(n);
  const sections = new Float64Array(count * pairs);
  const { nodes, weights } = gaussLegendre(Math.min(NODES, Math.ceil(n / 2)));
  const distinct = kernel.relevance.map((length) => Math.exp(-length));
  const slopes = new Float64Array(n);
  for (let row = 0; row < count; row++) {
    const of = sections.subarray(row * pairs, (row + 1) * pairs);
    const rowSigns = signs.subarray(row * n, (row + 1) * n);
    for (const [node, u] of nodes.entries()) {
      let product = kernel.interacting * (weights[node] as number);
      for (let i = 0; i < n; i++) {
        const [sign, distance] = [rowSigns[i] as number, distinct[i] as number];
        const share = sign === 1 ? u : 1 - u;
        const factor = share + (1 - share) * distance;
        product *= factor;
        slopes[i] = (sign * (1 - distance)) / factor;
      }
      eachPair(n, (i, j, pair) => {
        of[pair] = (of[pair] as number) + product * (slopes[i] as number) * (slopes[j] as number);
      });
    }
    addSimple(of, rowSigns, kernel);
  }
  return sections;
}

/** Of all pairs alike, and of payoffs that only {S, N∖S} has: 2 w(|S∖ij|) where S holds both or neither of i and j, else −2 w. */
function addSimple(of: Float64Array, signs: Int8Array, { lowest, rough }: Kernel): void {
  const n = signs.length;
  const inside = signs.reduce((sum, sign) => sum + (sign === 1 ? 1 : 0), 0);
  const alike = (8 * lowest) / (n * (n - 1));
  const single = (others: number): number => (2 * (rough + JITTER)) / ((n - 1) * binomial(n - 2, others));
  const [both, one, neither] = [single(inside - 2), single(inside - 1), single(inside)];
  eachPair(n, (i, j, pair) => {
    const [first, second] = [signs[i] as number, signs[j] as number];
    const own = first !== second ? -one : first === 1 ? both : neither;
    of[pair] = (of[pair] as number) + alike * first * second + own;
  });
}

/** Variance of every interaction before anything is played: both arguments of the kernel are looked at. */
export function priorPairVariances(kernel: Kernel, n: number): Float64Array {
  const { nodes, weights } = gaussLegendre(Math.min(NODES, Math.ceil(n / 2)));
  const apart = kernel.relevance.map((length) => 1 - Math.exp(-length));
  const variances = new Float64Array(pairCount(n)).fill((32 * kernel.lowest) / (n * (n - 1)) + roughPairVariance(kernel, n));
  const shares = new Float64Array(n);
  for (const [a, u] of nodes.entries()) {
    for (const [b, w] of nodes.entries()) {
      const differing = u + w - 2 * u * w;
      let product = 4 * kernel.interacting * (weights[a] as number) * (weights[b] as number);
      for (const [i, distance] of apart.entries()) {
        product *= 1 - distance * differing;
        shares[i] = distance / (1 - distance * differing);
      }
      eachPair(n, (i, j, pair) => {
        variances[pair] = (variances[pair] as number) + product * (shares[i] as number) * (shares[j] as number);
      });
    }
  }
  return variances;
}

/** Σ over all {S, N∖S} of the squared interaction that their roughness is worth to one pair: 8/(n−1)² Σ_s 1 / C(n−2, s). */
function roughPairVariance({ rough }: Kernel, n: number): number {
  let total = 0;
  for (let others = 0; others <= n - 2; others++) total += 8 / ((n - 1) ** 2 * binomial(n - 2, others));
  return total * (rough + JITTER);
}

export function eachPair(n: number, visit: (first: number, second: number, pair: number) => void): void {
  let pair = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) visit(i, j, pair++);
  }
}
