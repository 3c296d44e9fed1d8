import { describe, expect, it } from "vitest";
import { complement } from "../../src/game/coalitions.js";
import { play } from "../../src/game/play.js";
import type { Coalition, Game, PlayerTree } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import { owenCoalitionCount } from "../../src/shapley/owen_exact.js";
import { METHODS } from "../../src/shapley/registry.js";
import { gameOf, tableGame } from "../support/games.js";
import { sampledTable } from "../support/tables.js";

const union = (...children: PlayerTree[]): PlayerTree => ({ name: "union", children });
const run = (name: "owen" | "owen-proxy", game: Game, tree: PlayerTree, budget: number, seed = 1) =>
  play(game, METHODS[name].create({ confidence: 0.95, tree }), { budget, rng: createRng(seed) });
const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
const distance = (a: Float64Array, b: Float64Array) => Math.hypot(...a.map((value, i) => value - (b[i] as number)));
const NESTED = union(union(0, union(1, 2)), 3, union(4, 5));

/** Four unions of three, in which few players count and two of different unions only together. */
const UNIONS = union(...[0, 1, 2, 3].map((at) => union(3 * at, 3 * at + 1, 3 * at + 2)));
const smooth = gameOf(
  12,
  (s) => Math.tanh(((s[0] as number) + 2 * (s[4] as number) - (s[7] as number)) / 2) + (s[1] as number) * (s[10] as number),
);

describe("owen-proxy", () => {
  it("plays Owen's formula where the budget pays for it, and gives the values of owen", async () => {
    const game = tableGame(6, sampledTable(6, "nested"));
    const budget = owenCoalitionCount(NESTED);
    const [own, truth] = [await run("owen-proxy", game, NESTED, budget), await run("owen", game, NESTED, budget)];
    expect(own.estimate).toEqual(truth.estimate);
    expect([...(own.estimate.stdErrors ?? [])]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("is nearer to the formula's values than owen with as many coalitions, and nears them", async () => {
    const truth = (await run("owen", smooth, UNIONS, owenCoalitionCount(UNIONS))).estimate.values;
    const errors = async (name: "owen" | "owen-proxy", budget: number) => {
      const found = await Promise.all([1, 2, 3, 4].map((seed) => run(name, smooth, UNIONS, budget, seed)));
      return found.reduce((total, { estimate }) => total + distance(estimate.values, truth), 0) / found.length;
    };
    const [few, more, walked] = [await errors("owen-proxy", 40), await errors("owen-proxy", 160), await errors("owen", 160)];
    expect(more).toBeLessThan(few / 3);
    expect(more).toBeLessThan(walked / 3);
  });

  it("sums to v(N) − v(∅) at every budget", async () => {
    for (const budget of [4, 20, 60, 150]) {
      const { estimate } = await run("owen-proxy", smooth, UNIONS, budget);
      expect(sum(estimate.values)).toBeCloseTo(Math.tanh(1) + 1, 9);
    }
  });

  it("plays only coalitions of Owen's formula, each with its complement, and more of them with a larger budget", async () => {
    const playedWith = (budget: number): readonly Coalition[] => {
      const sampler = METHODS["owen-proxy"].create({ confidence: 0.95, tree: UNIONS }).sample(12, budget, createRng(3));
      const played: Coalition[] = [];
      for (let step = sampler.next(); step.done !== true; step = sampler.next(new Float64Array(0))) played.push(...step.value.coalitions);
      return played;
    };
    const [small, large] = [playedWith(40), playedWith(100)].map((played) => played.map((one) => one.join("")));
    expect(small).toHaveLength(38);
    expect(new Set(large).size).toBe(98);
    expect(large?.slice(0, 38)).toEqual(small);
    for (const [at, coalition] of playedWith(100).entries()) {
      if (at % 2 === 0) expect(complement(coalition).join("")).toBe(large?.[at + 1]);
      const cut = [0, 1, 2, 3].filter((union) => new Set(coalition.subarray(3 * union, 3 * union + 3)).size > 1);
      expect(cut.length).toBeLessThanOrEqual(1);
    }
  });

  it("has intervals that hold the formula's values about as often as they claim", async () => {
    let [held, all] = [0, 0];
    for (let seed = 0; seed < 12; seed++) {
      const rng = createRng(`weights ${seed}`);
      const weights = Float64Array.from({ length: 12 }, () => rng.float());
      const game = gameOf(12, (s) => Math.sin(weights.reduce((total, weight, i) => total + weight * (s[i] as number) * (i % 3), 0) / 2));
      const truth = (await run("owen", game, UNIONS, owenCoalitionCount(UNIONS))).estimate.values;
      const { intervals } = (await run("owen-proxy", game, UNIONS, 90, seed)).estimate;
      for (const [i, [low, high]] of (intervals ?? []).entries()) {
        all += 1;
        if (low <= (truth[i] as number) && (truth[i] as number) <= high) held += 1;
      }
    }
    expect(all).toBe(144);
    expect(held / all).toBeGreaterThan(0.88);
  });
});
