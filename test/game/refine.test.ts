import { describe, expect, it } from "vitest";
import { mergeGame } from "../../src/game/merge.js";
import { playRefined } from "../../src/game/refine.js";
import type { PlayerTree } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import { METHODS } from "../../src/shapley/registry.js";
import { additive, gameOf } from "../support/games.js";

const union = (name: string, ...children: PlayerTree[]): PlayerTree => ({ name, children });
const TREE = union("chat", union("greeting", 0, 1), union("question", 2, union("object", 3, 4)), 5);
const options = { top: 1, budget: 64, methodFor: (tree: PlayerTree) => METHODS.owen.create({ confidence: 0.95, tree }), rng: createRng(1) };

describe("playRefined", () => {
  it("refines the heaviest union and says what was left whole", async () => {
    const { unions, outcome, coarse } = await playRefined(additive([0.1, 0.2, 3, -1, 2, 0.5]), TREE, options);
    expect(coarse.unions.map(({ name }) => name)).toEqual(["greeting", "question", null]);
    coarse.outcome.estimate.values.forEach((value, i) => {
      expect(value).toBeCloseTo([0.3, 4, 0.5][i] as number, 12);
    });
    expect(unions).toEqual([
      { name: "greeting", players: [0, 1] },
      { name: null, players: [2] },
      { name: null, players: [3] },
      { name: null, players: [4] },
      { name: null, players: [5] },
    ]);
    outcome.estimate.values.forEach((value, i) => {
      expect(value).toBeCloseTo([0.3, 3, -1, 2, 0.5][i] as number, 12);
    });
    expect(coarse.outcome.spent.distinct + outcome.spent.distinct).toBeLessThanOrEqual(64);
  });

  it("sums to v(N) − v(∅) whatever is refined, and refuses a budget for one game only", async () => {
    const game = gameOf(6, (s) => Math.cos(s.reduce((sum, member, i) => sum + member * (i + 1), 0)));
    for (const top of [0, 1, 2, 3]) {
      const { outcome } = await playRefined(game, TREE, { ...options, top, budget: 40 });
      expect(outcome.estimate.values.reduce((a, b) => a + b, 0)).toBeCloseTo(Math.cos(21) - 1, 12);
    }
    await expect(playRefined(game, TREE, { ...options, budget: 7 })).rejects.toThrow(/owen needs a budget of at least/);
  });
});

describe("mergeGame", () => {
  it("plays unions as one", async () => {
    const merged = mergeGame(additive([1, 2, 4, 8]), [[3], [0, 2], [1]]);
    expect([...(await merged.evaluate([Uint8Array.of(0, 1, 0), Uint8Array.of(1, 0, 1)], {}))]).toEqual([5, 10]);
  });

  it("wants every player once", () => {
    expect(() => mergeGame(additive([1, 2]), [[0], [0, 1]])).toThrow(/player 0 is in two unions/);
    expect(() => mergeGame(additive([1, 2]), [[0]])).toThrow(/player 1 is in no union/);
    expect(() => mergeGame(additive([1, 2]), [[0], [1, 2]])).toThrow(/player 2/);
  });
});
