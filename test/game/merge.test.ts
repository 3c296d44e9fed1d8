import { describe, expect, test } from "vitest";
import { mergeGame } from "../../src/game/merge.js";
import type { Coalition, Game } from "../../src/game/types.js";

const asked: Coalition[] = [];
/** Player i is worth 2^i. */
const game: Game = {
  players: 4,
  evaluate: async (coalitions) => {
    asked.push(...coalitions);
    return Float64Array.from(coalitions, (coalition) => coalition.reduce((sum, member, i) => sum + member * 2 ** i, 0));
  },
};

describe("the game among unions", () => {
  test("asks for all of a union's players or none", async () => {
    asked.length = 0;
    const merged = mergeGame(game, [[2], [0, 3], [1]]);
    expect(merged.players).toBe(3);
    expect([...(await merged.evaluate([Uint8Array.of(1, 0, 1), Uint8Array.of(0, 1, 0), new Uint8Array(3)], {}))]).toEqual([6, 9, 0]);
    expect(asked.map((coalition) => coalition.join(""))).toEqual(["0110", "1001", "0000"]);
  });

  test("refuses unions that share a player, leave one out, or name one that is not there", () => {
    expect(() => mergeGame(game, [[0, 1], [1, 2], [3]])).toThrow("player 1 is in two unions");
    expect(() => mergeGame(game, [[0, 1], [3]])).toThrow("player 2 is in no union");
    expect(() => mergeGame(game, [[0, 1, 2, 3], [4]])).toThrow("player 4 is in two unions, or not in the game");
  });
});
