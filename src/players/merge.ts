import type { PlayerUnion } from "../game/types.js";
import { maxOf, minOf } from "../util/arrays.js";
import type { Player } from "./types.js";

/** One player for each union, in order: single players as they are, the others as groups with all tokens of theirs. */
export function mergePlayers(players: readonly Player[], unions: readonly PlayerUnion[]): readonly Player[] {
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
