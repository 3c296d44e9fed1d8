import { maxOf, minOf } from "../arrays.js";
import type { Player } from "./types.js";

/** Players that are played as one, as `playTop` gives them. */
export interface Union {
  /** What the union is called; null for a single player. */
  readonly name: string | null;
  /** Indices of its players. */
  readonly players: readonly number[];
}

/** One player for each union, in order: single players as they are, the others as groups with all tokens of theirs. */
export function mergePlayers(players: readonly Player[], unions: readonly Union[]): readonly Player[] {
  return unions.map(({ name, players: indices }, index) => {
    const members = indices.map((at) => players[at] as Player);
    const [first] = members as [Player, ...Player[]];
    if (name === null) return { ...first, index };
    const starts = members.flatMap(({ startS }) => (startS === null ? [] : [startS]));
    const ends = members.flatMap(({ endS }) => (endS === null ? [] : [endS]));
    return {
      index,
      kind: "group",
      text: name,
      turn: minOf(members.map(({ turn }) => turn)),
      tokens: members.flatMap(({ tokens }) => tokens).sort((a, b) => a - b),
      startS: starts.length === 0 ? null : minOf(starts),
      endS: ends.length === 0 ? null : maxOf(ends),
      confidence: null,
    };
  });
}
