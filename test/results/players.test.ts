import { expect, test } from "vitest";
import type { Player } from "../../src/players/types.js";
import { fromBlock, toBlock } from "../../src/results/players.js";

test("a player survives the way into a file and back", () => {
  const player: Player = { index: 3, kind: "word", text: "light", turn: 1, tokens: [4, 5], startS: 0.25, endS: 0.75, confidence: 0.9 };
  const values = { value: 1, std_error: null, interval: null, normalized: 1 };
  expect(fromBlock({ ...toBlock(player), ...values })).toEqual(player);
  const { confidence: _, ...older } = toBlock({ ...player, startS: null, endS: null });
  expect(fromBlock({ ...older, ...values })).toEqual({ ...player, startS: null, endS: null, confidence: null });
});
