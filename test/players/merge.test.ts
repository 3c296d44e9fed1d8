import { describe, expect, it } from "vitest";
import { mergePlayers } from "../../src/players/merge.js";
import type { Player } from "../../src/players/types.js";

const player = (index: number, text: string, tokens: readonly number[], times: readonly [number, number] | null = null): Player => ({
  index,
  kind: times === null ? "word" : "segment",
  text,
  turn: 1 + Number(index > 1),
  tokens,
  startS: times?.[0] ?? null,
  endS: times?.[1] ?? null,
  confidence: times === null ? null : 0.9,
});

describe("mergePlayers", () => {
  it("makes one player of a union and numbers all anew", () => {
    const players = [player(0, "Hello", [3]), player(1, "there", [2, 4]), player(2, "", [9], [0.5, 1]), player(3, "", [8], [0, 0.5])];
    const unions = [
      { name: "clip", players: [2, 3] },
      { name: null, players: [1] },
      { name: "greeting", players: [0] },
    ];
    expect(mergePlayers(players, unions)).toEqual([
      { index: 0, kind: "group", text: "clip", turn: 2, tokens: [8, 9], startS: 0, endS: 1, confidence: null },
      { ...players[1], index: 1 },
      { index: 2, kind: "group", text: "greeting", turn: 1, tokens: [3], startS: null, endS: null, confidence: null },
    ]);
  });
});
