import { dot } from "../../util/arrays.js";
import { addAt, int32At } from "../../util/elements.js";
import type { GamePart } from "./game_part.js";

/** Which players are believed to be alike before anything is played: those that say the same. */
export interface Likeness {
  /** The group of every player, from 0. */
  readonly groupOf: Int32Array;
  /** Players of every group. */
  readonly sizes: Int32Array;
}

/** Groups of equal texts, whatever their case; a player without a text is like nobody. Null where no two players are alike. */
export function likenessOf(texts: readonly string[]): Likeness | null {
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
  return sizes.length === texts.length ? null : { groupOf, sizes: Int32Array.from(sizes) };
}

/** Σ_{i∈g} of a list, of every group g. */
export function groupSums({ groupOf, sizes }: Likeness, list: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(sizes.length);
  for (let i = 0; i < groupOf.length; i++) addAt(sums, int32At(groupOf, i), list[i] as number);
  return sums;
}

/** Σ_{i∈g} x_i of every row, of every group g. */
export const rowSums = ({ signs, players: n, count }: GamePart, likeness: Likeness): readonly Float64Array[] =>
  Array.from({ length: count }, (_, row) => groupSums(likeness, signs.subarray(row * n, (row + 1) * n)));

/** Σ_g (Σ_{i∈g} x_i) (Σ_{i∈g} y_i) / n of all rows: a lower triangle, row-major. */
export function commonParts(part: GamePart, likeness: Likeness): Float64Array {
  const { players: n, count } = part;
  const sums = rowSums(part, likeness);
  const parts = new Float64Array(count * count);
  for (const [s, sum] of sums.entries()) {
    for (let t = 0; t <= s; t++) parts[s * count + t] = dot(sum, sums[t] as Float64Array) / n;
  }
  return parts;
}
