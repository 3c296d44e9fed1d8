import { describe, expect, it } from "vitest";
import { play } from "../../src/game/play.js";
import { checkedTree, drawContiguousOrder, flatTree } from "../../src/game/tree.js";
import type { Game, PlayerTree } from "../../src/game/types.js";
import { createRng, permutation } from "../../src/random.js";
import { owenCoalitionCount, planOwen } from "../../src/shapley/owen_exact.js";
import { METHODS } from "../../src/shapley/registry.js";
import { shapleyValues } from "../../src/shapley/table.js";
import { gameOf, glove, tableGame } from "../support/games.js";
import { sampledTable } from "../support/tables.js";

const owen = METHODS.owen.create;

const union = (...children: PlayerTree[]): PlayerTree => ({ name: "union", children });
const run = (game: Game, tree: PlayerTree, budget: number, seed = 1) =>
  play(game, owen({ confidence: 0.95, tree }), { budget, rng: createRng(seed) });
const NESTED = union(union(0, union(1, 2)), 3, union(4, 5));

describe("Owen's value", () => {
  it("of the glove game with the two right gloves united: the union bargains, (1/2, 1/4, 1/4)", async () => {
    const { estimate } = await run(glove(3, [0]), union(0, union(1, 2)), 8);
    expect(estimate.values[0]).toBeCloseTo(0.5, 12);
    expect(estimate.values[1]).toBeCloseTo(0.25, 12);
    expect(estimate.values[2]).toBeCloseTo(0.25, 12);
    expect([...(estimate.stdErrors ?? [])]).toEqual([0, 0, 0]);
  });

  it("on one level is Shapley's", async () => {
    const table = sampledTable(6, "flat");
    const { estimate } = await run(tableGame(6, table), flatTree(6), 64);
    shapleyValues(table, 6).forEach((phi, i) => {
      expect(estimate.values[i]).toBeCloseTo(phi, 12);
    });
  });

  it("gives every node the Shapley value of the game among its siblings", async () => {
    const table = sampledTable(6, "nodes");
    const { values } = (await run(tableGame(6, table), NESTED, 64)).estimate;
    const unions = [[0, 1, 2], [3], [4, 5]];
    const quotient = Float64Array.from({ length: 8 }, (_, bits) => {
      const players = unions.flatMap((group, at) => (((bits >> at) & 1) === 1 ? group : []));
      return table[players.reduce((mask, player) => mask | (1 << player), 0)] as number;
    });
    shapleyValues(quotient, 3).forEach((phi, at) => {
      const together = (unions[at] ?? []).reduce((sum, player) => sum + (values[player] as number), 0);
      expect(together).toBeCloseTo(phi, 12);
    });
  });

  it("sampled, centres on the formula; an odd order is as likely as its reverse", async () => {
    const table = sampledTable(6, "sampled");
    const truth = (await run(tableGame(6, table), NESTED, 64)).estimate.values;
    const sampled = (await run(tableGame(6, table), NESTED, owenCoalitionCount(NESTED) - 1)).estimate;
    expect(sampled.stdErrors).toBeNull();
    const sums = new Float64Array(6);
    for (let seed = 0; seed < 600; seed++) {
      (await run(tableGame(6, table), NESTED, 22, seed)).estimate.values.forEach((value, i) => {
        sums[i] = (sums[i] as number) + value / 600;
      });
    }
    truth.forEach((phi, i) => {
      expect(Math.abs((sums[i] as number) - phi)).toBeLessThan(0.02);
    });
  });

  it("plays exactly the coalitions that it counts", () => {
    for (const tree of [NESTED, flatTree(6), union(union(0, 1, 2), union(3, 4, 5))]) {
      const { coalitions } = planOwen(tree, 6);
      expect(coalitions.length + 2).toBe(owenCoalitionCount(tree));
      expect(new Set(coalitions.map((s) => s.join(""))).size).toBe(coalitions.length);
    }
    // Two unions of three: 2² coalitions of unions, and 2 × 6 inside each.
    expect(owenCoalitionCount(union(union(0, 1, 2), union(3, 4, 5)))).toBe(4 + 2 * 2 * 6);
  });

  it("explains 200 tokens within 2,000 coalitions in the order of a long run", async () => {
    const n = 200;
    const rng = createRng("long");
    const weights = Float64Array.from({ length: n }, () => rng.float() ** 6);
    const game = gameOf(n, (s) => Math.tanh(weights.reduce((sum, w, i) => sum + w * (s[i] as number), 0) / 8));
    const sentences = Array.from({ length: 10 }, (_, at) => union(...Array.from({ length: 20 }, (_, i) => at * 20 + i)));
    const tree = union(...sentences);
    const { estimate, spent } = await run(game, tree, 2_000);
    expect(spent.distinct).toBeLessThanOrEqual(2_000);
    const long = (await run(game, tree, 80_000, 2)).estimate.values;
    expect(rankCorrelation(estimate.values, long)).toBeGreaterThan(0.9);
  });
});

/** Spearman's. */
function rankCorrelation(a: Float64Array, b: Float64Array): number {
  const ranks = (values: Float64Array) => {
    const order = Array.from(values.keys()).sort((i, j) => (values[i] as number) - (values[j] as number));
    const rank = new Float64Array(values.length);
    for (const [at, i] of order.entries()) rank[i] = at;
    return rank;
  };
  const [ra, rb] = [ranks(a), ranks(b)];
  const n = a.length;
  return 1 - (6 * ra.reduce((sum, rank, i) => sum + (rank - (rb[i] as number)) ** 2, 0)) / (n * (n * n - 1));
}

describe("trees", () => {
  it("lose unions of one and of none", () => {
    expect(checkedTree(union(union(union(0)), union(), union(2, 1)), 3)).toEqual(union(0, union(2, 1)));
    expect(checkedTree(union(union(0)), 1)).toBe(0);
  });

  it.each([
    [union(0, 1, 1), /player 1 stands twice/],
    [union(0, 2), /player 1 is not in the tree/],
    [union(0, 1, 3), /a player 3; there are 3/],
  ])("are refused where they do not hold every player once", (tree, message) => {
    expect(() => checkedTree(tree, 3)).toThrow(message);
  });

  it("give orders that keep unions together", () => {
    const rng = createRng(4);
    for (let draw = 0; draw < 50; draw++) {
      const order = [...drawContiguousOrder(NESTED, rng)];
      expect(order.toSorted((a, b) => a - b)).toEqual([...permutation(6, createRng(0))].toSorted((a, b) => a - b));
      const spread = (players: readonly number[]) => {
        const at = players.map((player) => order.indexOf(player));
        return Math.max(...at) - Math.min(...at) + 1;
      };
      expect([spread([0, 1, 2]), spread([1, 2]), spread([4, 5])]).toEqual([3, 2, 2]);
    }
  });
});
