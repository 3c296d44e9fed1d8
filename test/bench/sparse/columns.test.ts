import { describe, expect, test } from "vitest";
import { COLUMNS, flips } from "../../../bench/sparse/columns.js";
import type { Coalition } from "../../../src/game/types.js";
import { createRng } from "../../../src/random.js";

const N = 40;
/** An answer of ten tokens that three of the players make likely, the second by far. */
const payoff = (coalition: Coalition): number =>
  -4 + (coalition[3] as number) + 2 * (coalition[20] as number) - 0.5 * (coalition[30] as number);
const game = {
  players: N,
  steps: 10,
  coalitions: 0,
  evaluate: async (coalitions: readonly Coalition[]) => Float64Array.from(coalitions, payoff),
};

describe.each(COLUMNS)("$name", ({ least, values }) => {
  test("finds who makes the answer likely", async () => {
    const found = await values(game, Math.max(100, least(N)), 1);
    expect(found).toHaveLength(N);
    const order = Array.from(found.keys()).sort((i, j) => (found[j] as number) - (found[i] as number));
    expect([order[0], order[1], order.at(-1)]).toEqual([20, 3, 30]);
  });

  test("draws the same for the same seed", async () => {
    const budget = Math.max(100, least(N));
    expect(await values(game, budget, 2)).toEqual(await values(game, budget, 2));
  });
});

describe("ablations", () => {
  test("of a larger budget begin with those of a smaller one, half of the players in", () => {
    const [few, many] = [flips(N, 10, createRng("a")), flips(N, 200, createRng("a"))];
    expect(many.slice(0, 10)).toEqual(few);
    const inside = many.reduce((total, one) => total + one.reduce((sum, member) => sum + member, 0), 0);
    expect(inside / (200 * N)).toBeCloseTo(0.5, 1);
  });
});
