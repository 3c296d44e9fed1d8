/**
 * The odd or the even part of a game under complements, as far as it was played: o(S) = ½ (v(S) − v(N∖S)) is all that Shapley values see,
 * e(S) = ½ (v(S) + v(N∖S)) all that pairwise interactions see. A pair of complements gives both without error.
 */
export interface GamePart {
  /** p(N∖S) = parity · p(S): −1 odd, 1 even. */
  readonly parity: -1 | 1;
  readonly players: number;
  /** Row-major, `count` × players, +1 where the player is in, else −1. The first row is N. */
  readonly signs: Int8Array;
  readonly targets: Float64Array;
  readonly count: number;
}

/** Which `kept` of `count` rows are kept where there are too many: spread evenly, the first among them. */
export const rowsOfThinned = (count: number, kept: number): Int32Array =>
  Int32Array.from({ length: Math.min(kept, count) }, (_, at) => Math.floor((at * count) / Math.min(kept, count)));

/** At most `limit` rows. Pairs stand in the order of their sizes, so that all sizes stay. */
export function thinned(part: GamePart, limit: number): GamePart {
  if (part.count <= limit) return part;
  const { players } = part;
  const rows = rowsOfThinned(part.count, limit);
  const signs = new Int8Array(rows.length * players);
  for (const [at, row] of rows.entries()) signs.set(part.signs.subarray(row * players, (row + 1) * players), at * players);
  return { ...part, signs, targets: thinnedTargets(part.targets, limit), count: rows.length };
}

/** The targets of the rows that stay. */
export function thinnedTargets(targets: Float64Array, limit: number): Float64Array {
  return Float64Array.from(rowsOfThinned(targets.length, limit), (row) => targets[row] as number);
}
