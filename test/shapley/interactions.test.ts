import { describe, expect, it } from "vitest";
import { play } from "../../src/game/play.js";
import type { Game } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import { exactInteractions, pairInteractions, sampledInteractions } from "../../src/shapley/interactions.js";
import { METHODS } from "../../src/shapley/registry.js";
import { additive, gameOf, members, tableGame, unanimity } from "../support/games.js";
import { sampledTable } from "../support/tables.js";

const [exact, leverage, permutation] = [METHODS.exact.create, METHODS.leverage.create, METHODS.permutation.create];

const options = { confidence: 0.95 };

async function exactOf(game: Game) {
  const { played, estimate } = await play(game, exact(options), { budget: 2 ** game.players, rng: createRng(0) });
  return exactInteractions(played, estimate.values, game.players);
}

describe("pairwise interactions", () => {
  it("of two players who need each other are all there is", async () => {
    const { pairs, main } = await exactOf(unanimity(4, [1, 3]));
    expect(pairs[0]).toEqual({ first: 1, second: 3, value: 1 });
    expect(pairs.slice(1).every(({ value }) => Math.abs(value) < 1e-12)).toBe(true);
    main.forEach((value) => {
      expect(value).toBeCloseTo(0, 12);
    });
  });

  it("of three players who need each other are a half each; of substitutes negative", async () => {
    const three = await exactOf(unanimity(3, [0, 1, 2]));
    expect(three.pairs.map(({ value }) => value)).toEqual([0.5, 0.5, 0.5]);
    const either = await exactOf(gameOf(2, (s) => (members(s) > 0 ? 1 : 0)));
    expect(either.pairs).toEqual([{ first: 0, second: 1, value: -1 }]);
  });

  it("sum with the main effects to v(N) − v(∅)", async () => {
    const table = sampledTable(7, "k-SII");
    const { pairs, main } = await exactOf(tableGame(7, table));
    const total = pairs.reduce((sum, { value }) => sum + value, 0) + main.reduce((sum, value) => sum + value, 0);
    expect(total).toBeCloseTo((table.at(-1) as number) - (table[0] as number), 12);
  });

  it("follow the plan: exact where it enumerated, refused where unions stay together", async () => {
    const table = sampledTable(5, "plan");
    const { played, estimate } = await play(tableGame(5, table), exact(options), { budget: 32, rng: createRng(0) });
    expect(pairInteractions({ definition: METHODS.kernel, enumerates: true }, played, estimate.values, 5).exact).toBe(true);
    expect(pairInteractions({ definition: METHODS.kernel, enumerates: false }, played, estimate.values, 5).exact).toBe(false);
    expect(() => pairInteractions({ definition: METHODS.owen, enumerates: false }, played, estimate.values, 5)).toThrow(
      /use sampler auto or leverage/,
    );
    expect(() => pairInteractions({ definition: METHODS.kernel, enumerates: false }, played, new Float64Array(129), 129)).toThrow(
      /there are 129/,
    );
  });

  it("vanish for additive players, exact or sampled, and for one player", async () => {
    const game = additive([3, -1, 2, 0.5, 0, 1, -2]);
    const { played, estimate } = await play(game, leverage(options), { budget: 40, rng: createRng(2) });
    for (const { value } of sampledInteractions(played, estimate.values, 7).pairs) expect(Math.abs(value)).toBeLessThan(1e-6);
    expect((await exactOf(additive([4]))).pairs).toEqual([]);
  });

  it.each([
    ["leverage", leverage(options)],
    ["permutation", permutation(options)],
  ] as const)("sampled by %s come to the exact ones where all is played, near them before", async (_, method) => {
    const n = 9;
    const table = sampledTable(n, "near");
    const truth = new Map((await exactOf(tableGame(n, table))).pairs.map(({ first, second, value }) => [`${first} ${second}`, value]));
    const errors = [];
    for (const budget of [60, 200, 600]) {
      const { played, estimate } = await play(tableGame(n, table), method as ReturnType<typeof leverage>, { budget, rng: createRng(3) });
      const { pairs } = sampledInteractions(played, estimate.values, n);
      const squares = pairs.reduce((sum, { first, second, value }) => sum + (value - (truth.get(`${first} ${second}`) ?? 0)) ** 2, 0);
      errors.push(Math.sqrt(squares / pairs.length));
    }
    const [few, some, many] = errors as [number, number, number];
    expect(some).toBeLessThan(few);
    expect(many).toBeLessThan(0.03);
  });
});
