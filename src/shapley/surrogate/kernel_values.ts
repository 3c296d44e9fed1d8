import { binomial } from "../../math/combinatorics.js";
import { gaussLegendre } from "../../math/gauss_legendre.js";
import { addAt, float64At, int32At } from "../../util/elements.js";
import type { GamePart } from "./game_part.js";
import { JITTER, type Kernel, ROUGH_AT_FULL } from "./kernel.js";
import { groupSums, sharesOf } from "./likeness.js";

/** What players are worth in a game that a kernel describes. */
export interface Valuation {
  /** Values of k(·, y) as a game, for every row y: row-major count × n. */
  readonly sections: (part: GamePart, kernel: Kernel) => Float64Array;
  /** Variance of every value before anything is played. */
  readonly variances: (kernel: Kernel, n: number) => Float64Array;
}

/** Nodes that are exact for up to 64 players; of more, the integrands are smooth beyond double precision long before. */
export const NODES = 32;

/**
 * Shapley values φ_i(k(·, y)) of the kernel as a game, for every row y: row-major count × n. Shapley's value is the mean slope of the
 * multilinear extension along the diagonal (Owen 1972), which of a product is a product:
 *   φ_i = ∫₀¹ (κ_i(1, y_i) − κ_i(0, y_i)) Π_{j≠i} ((1−u) κ_j(0, y_j) + u κ_j(1, y_j)) du.
 * The even part of a product kernel is worth nothing to anyone, so its odd part has the values of the whole.
 */
export function sectionValues({ signs, players: n, count }: GamePart, kernel: Kernel): Float64Array {
  const values = new Float64Array(count * n);
  const { nodes, weights } = gaussLegendre(Math.min(NODES, Math.ceil(n / 2)));
  const distinct = kernel.relevance.map((length) => Math.exp(-length));
  const factors = new Float64Array(n);
  for (let row = 0; row < count; row++) {
    const from = row * n;
    for (const [node, u] of nodes.entries()) {
      let product = kernel.interacting * (weights[node] as number);
      for (let j = 0; j < n; j++) {
        const share = signs[from + j] === 1 ? u : 1 - u;
        factors[j] = share + (1 - share) * (distinct[j] as number);
        product *= factors[j] as number;
      }
      for (let i = 0; i < n; i++) {
        const rise = (signs[from + i] as number) * (1 - (distinct[i] as number));
        values[from + i] = (values[from + i] as number) + (product * rise) / (factors[i] as number);
      }
    }
    for (let i = 0; i < n; i++) {
      values[from + i] = (values[from + i] as number) + (2 * kernel.lowest * (signs[from + i] as number)) / n;
    }
    const [ofRow, rowSigns] = [values.subarray(from, from + n), signs.subarray(from, from + n)];
    addCommon(ofRow, rowSigns, kernel);
    addRoughness(ofRow, rowSigns, kernel, row);
  }
  return values;
}

/** What players who are alike share is additive: 2 d √w_i Σ_{j like i} √w_j y_j / n. */
export function addCommon(values: Float64Array, signs: Int8Array, { common, relevance }: Kernel): void {
  if (common === null) return;
  const { likeness, variance } = common;
  const shares = sharesOf(likeness, relevance);
  const sums = groupSums(
    likeness,
    shares.map((share, i) => share * (signs[i] as number)),
  );
  for (const [i, share] of shares.entries()) {
    addAt(values, i, (2 * variance * share * float64At(sums, int32At(likeness.groupOf, i))) / values.length);
  }
}

/** Of payoffs that only {S, N∖S} has: ±2 / (s C(n, s)) for the players of S, ∓2 / ((n−s) C(n, s)) for the others. */
function addRoughness(values: Float64Array, signs: Int8Array, { rough }: Kernel, row: number): void {
  const n = signs.length;
  const inside = signs.reduce((sum, sign) => sum + (sign === 1 ? 1 : 0), 0);
  const variance = (row === 0 ? ROUGH_AT_FULL * rough : rough) + JITTER;
  const all = binomial(n, inside);
  for (let i = 0; i < n; i++) {
    const share = signs[i] === 1 ? 2 / (inside * all) : -2 / ((n - inside) * all);
    values[i] = (values[i] as number) + variance * share;
  }
}

/** Variance of every player's Shapley value before anything is played: both arguments of the kernel are valued. */
export function priorVariances(kernel: Kernel, n: number): Float64Array {
  const { nodes, weights } = gaussLegendre(Math.min(NODES, Math.ceil(n / 2)));
  const apart = kernel.relevance.map((length) => 1 - Math.exp(-length));
  const rough = roughVariance(kernel, n);
  const variances = additiveVariances(kernel).map((variance) => variance + rough);
  for (const [a, u] of nodes.entries()) {
    for (const [b, w] of nodes.entries()) {
      const differing = u + w - 2 * u * w;
      let product = 2 * kernel.interacting * (weights[a] as number) * (weights[b] as number);
      for (const distance of apart) product *= 1 - distance * differing;
      for (const [i, distance] of apart.entries()) {
        variances[i] = (variances[i] as number) + (product * distance) / (1 - distance * differing);
      }
    }
  }
  return variances;
}

/** Variances of what players are worth in additive payoffs, whatever values are asked for. */
export function additiveVariances({ lowest, common, relevance }: Kernel): Float64Array {
  const n = relevance.length;
  if (common === null) return new Float64Array(n).fill((4 * lowest) / n);
  return sharesOf(common.likeness, relevance).map((share) => (4 * (lowest + common.variance * share ** 2)) / n);
}

/** Σ over all pairs of the squared values that their roughness is worth to one player: Σ_s 4 / (n s C(n, s)). */
function roughVariance({ rough }: Kernel, n: number): number {
  let total = (4 * (ROUGH_AT_FULL * rough + JITTER)) / (n * n);
  for (let size = 1; size < n; size++) total += (4 * (rough + JITTER)) / (n * size * binomial(n, size));
  return total;
}

export const SHAPLEY: Valuation = { sections: sectionValues, variances: priorVariances };
