import { dot } from "../../util/arrays.js";
import { addAt, float64At, int32At } from "../../util/elements.js";
import type { GamePart } from "./game_part.js";

/** Which players are believed to be alike before anything is played: those that say the same. */
export interface Likeness {
  /** The group of every player, from 0. */
  readonly groupOf: Int32Array;
  /** Players of every group. */
  readonly sizes: Int32Array;
  /** What they have in common is the more, the more relevant they are; otherwise as much for all. */
  readonly byRelevance: boolean;
}

/** Groups of equal texts, whatever their case; a player without a text is like nobody. Null where no two players are alike. */
export function likenessOf(texts: readonly string[], byRelevance = false): Likeness | null {
  const known = new Map<string, number>();
  const sizes: number[] = [];
  const groupOf = Int32Array.from(texts, (text) => {
    const said = text.trim().toLowerCase();
    const group = said === "" ? sizes.length : (known.get(said) ?? sizes.length);
    if (group === sizes.length) sizes.push(0);
    known.set(said, group);
    sizes[group] = (sizes[group] ?? 0) + 1;
    return group;
  });
  return sizes.length === texts.length ? null : { groupOf, sizes: Int32Array.from(sizes), byRelevance };
}

/** Σ_{i∈g} of a list, of every group g. */
export function groupSums({ groupOf, sizes }: Likeness, list: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(sizes.length);
  for (let i = 0; i < groupOf.length; i++) addAt(sums, int32At(groupOf, i), list[i] as number);
  return sums;
}

/** How much of what is common each player has, √w_i: 1, or √(n ℓ_i / 2), which is 1 where all are as relevant as is expected. */
export const sharesOf = ({ byRelevance }: Likeness, relevance: Float64Array): Float64Array =>
  relevance.map((length) => (byRelevance ? Math.sqrt((relevance.length * length) / 2) : 1));

/** Σ_{i∈g} √w_i x_i of every row, of every group g. */
export function rowSums({ signs, players: n, count }: GamePart, likeness: Likeness, relevance: Float64Array): readonly Float64Array[] {
  const shares = sharesOf(likeness, relevance);
  return Array.from({ length: count }, (_, row) =>
    groupSums(
      likeness,
      shares.map((share, i) => share * (signs[row * n + i] as number)),
    ),
  );
}

/** Σ_g (Σ_{i∈g} √w_i x_i) (Σ_{i∈g} √w_i y_i) / n of all rows: a lower triangle, row-major. */
export function commonParts(part: GamePart, likeness: Likeness, relevance: Float64Array): Float64Array {
  const { players: n, count } = part;
  const sums = rowSums(part, likeness, relevance);
  const parts = new Float64Array(count * count);
  for (const [s, sum] of sums.entries()) {
    for (let t = 0; t <= s; t++) parts[s * count + t] = dot(sum, sums[t] as Float64Array) / n;
  }
  return parts;
}

/**
 * What `commonParts` change by per logarithm of each ℓ_i, weighed by `change` of the lower triangle: Σ_{s≥t} change_st ∂part_st.
 */
export function commonSlopes(part: GamePart, likeness: Likeness, relevance: Float64Array, change: Float64Array): Float64Array {
  const { players: n, count, signs } = part;
  const slopes = new Float64Array(n);
  if (!likeness.byRelevance) return slopes;
  const groups = likeness.sizes.length;
  const sums = rowSums(part, likeness, relevance);
  const moved = new Float64Array(count * groups);
  const add = (row: number, weight: number, sum: Float64Array): void => {
    for (let group = 0, at = row * groups; group < groups; group++, at++)
      moved[at] = (moved[at] as number) + weight * (sum[group] as number);
  };
  for (let s = 0; s < count; s++) {
    for (let t = 0; t <= s; t++) {
      const weight = change[s * count + t] as number;
      add(s, weight, sums[t] as Float64Array);
      add(t, weight, sums[s] as Float64Array);
    }
  }
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < n; i++) {
      const group = likeness.groupOf[i] as number;
      slopes[i] = (slopes[i] as number) + (signs[row * n + i] as number) * (moved[row * groups + group] as number);
    }
  }
  const shares = sharesOf(likeness, relevance);
  return slopes.map((slope, i) => (float64At(shares, i) * slope) / (2 * n));
}
