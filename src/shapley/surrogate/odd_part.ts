import type { Payoffs, Played } from "../../game/types.js";

/**
 * The part of a game that Shapley values see: o(S) = ½ (v(S) − v(N∖S)). What is left, ½ (v(S) + v(N∖S)), is worth nothing to every
 * player, and a pair of complements gives o without error.
 */
export interface OddPart {
  readonly players: number;
  /** Row-major, `count` × players, +1 where the player is in, else −1. The first row is N. */
  readonly signs: Int8Array;
  readonly targets: Float64Array;
  readonly count: number;
}

/** @param played rounds of coalitions, each followed by its complement. */
export function oddPart(played: Played<unknown>, players: number): OddPart {
  const count = 1 + played.rounds.reduce((sum, { coalitions }) => sum + coalitions.length / 2, 0);
  const signs = new Int8Array(count * players).fill(1, 0, players);
  let row = 1;
  for (const { coalitions } of played.rounds) {
    for (let at = 0; at < coalitions.length; at += 2, row++) {
      for (let i = 0; i < players; i++) signs[row * players + i] = 2 * (coalitions[at]?.[i] as number) - 1;
    }
  }
  return { players, signs, targets: oddTargets(played), count };
}

/** o of every row: of N, then of the first of each pair. */
export function oddTargets({ empty, full, rounds }: Payoffs): Float64Array {
  const targets = new Float64Array(1 + rounds.reduce((sum, { payoffs }) => sum + payoffs.length / 2, 0));
  targets[0] = (full - empty) / 2;
  let row = 1;
  for (const { payoffs } of rounds) {
    for (let at = 0; at < payoffs.length; at += 2) targets[row++] = ((payoffs[at] as number) - (payoffs[at + 1] as number)) / 2;
  }
  return targets;
}

/** Which `kept` of `count` rows are kept where there are too many: spread evenly, the first among them. */
export const rowsOfThinned = (count: number, kept: number): Int32Array =>
  Int32Array.from({ length: Math.min(kept, count) }, (_, at) => Math.floor((at * count) / Math.min(kept, count)));

/** At most `limit` rows. Pairs stand in the order of their sizes, so that all sizes stay. */
export function thinned(part: OddPart, limit: number): OddPart {
  if (part.count <= limit) return part;
  const { players } = part;
  const rows = rowsOfThinned(part.count, limit);
  const signs = new Int8Array(rows.length * players);
  for (const [at, row] of rows.entries()) signs.set(part.signs.subarray(row * players, (row + 1) * players), at * players);
  return { players, signs, targets: thinnedTargets(part.targets, limit), count: rows.length };
}

/** The targets of the rows that stay. */
export function thinnedTargets(targets: Float64Array, limit: number): Float64Array {
  return Float64Array.from(rowsOfThinned(targets.length, limit), (row) => targets[row] as number);
}
