import { describe, expect, it } from "vitest";
import { play } from "../../src/game/play.js";
import { createRng } from "../../src/random.js";
import { METHODS } from "../../src/shapley/registry.js";
import { additive, tableGame, unanimity } from "../support/games.js";
import { sampledTable } from "../support/tables.js";

const options = { confidence: 0.95 };

/** β_i by its definition. */
function banzhafOf(table: ArrayLike<number>, n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let bits = 0; bits < 2 ** n; bits++) if ((bits >> i) & 1) sum += (table[bits] as number) - (table[bits ^ (1 << i)] as number);
    return sum / 2 ** (n - 1);
  });
}

describe("banzhaf", () => {
  const run = (game: Parameters<typeof play>[0], budget: number, seed = 1) =>
    play(game, METHODS.banzhaf.create(options), { budget, rng: createRng(seed) });

  it("is exact where it may play every coalition", async () => {
    for (const n of [1, 2, 3, 6]) {
      const table = sampledTable(n, `banzhaf ${n}`);
      const { estimate } = await run(tableGame(n, table), 2 ** n);
      for (const [i, beta] of banzhafOf(table, n).entries()) expect(estimate.values[i]).toBeCloseTo(beta, 9);
      expect([...(estimate.stdErrors ?? [1])]).toEqual(Array(n).fill(0));
    }
  });

  it("gives three who need each other a quarter each", async () => {
    const { estimate } = await run(unanimity(5, [0, 1, 2]), 32);
    for (const [i, value] of [0.25, 0.25, 0.25, 0, 0].entries()) expect(estimate.values[i]).toBeCloseTo(value, 12);
  });

  it("is an additive game's weights from few coalitions", async () => {
    const weights = [1, -2, 0.5, 0, 3, 1, 1, 2];
    const { estimate } = await run(additive(weights, 7), 40);
    for (const [i, weight] of weights.entries()) expect(estimate.values[i]).toBeCloseTo(weight, 9);
  });

  it("covers the Banzhaf values with 0.90 to 0.985 of its intervals, and centres on them", async () => {
    const n = 8;
    const table = sampledTable(n, "banzhaf cover");
    const truth = banzhafOf(table, n);
    const means = new Float64Array(n);
    let covered = 0;
    for (let seed = 0; seed < 200; seed++) {
      const { values, intervals } = (await run(tableGame(n, table), 120, seed)).estimate;
      for (const [i, beta] of truth.entries()) {
        means[i] = (means[i] as number) + (values[i] as number) / 200;
        const [low, high] = intervals?.[i] ?? [1, 0];
        if (low <= beta && beta <= high) covered += 1;
      }
    }
    for (const [i, beta] of truth.entries()) expect(Math.abs((means[i] as number) - beta)).toBeLessThan(0.02);
    expect(covered / (200 * n)).toBeGreaterThan(0.9);
    expect(covered / (200 * n)).toBeLessThan(0.985);
  });
});

describe("leave-one-out", () => {
  it("is what is lost without a player, whatever the seed", async () => {
    const table = sampledTable(6, "loo");
    for (const seed of [1, 2]) {
      const method = METHODS["leave-one-out"].create(options);
      const { estimate, spent } = await play(tableGame(6, table), method, { budget: 500, rng: createRng(seed) });
      expect([...estimate.values]).toEqual(Array.from({ length: 6 }, (_, i) => (table[63] as number) - (table[63 ^ (1 << i)] as number)));
      expect(spent.distinct).toBe(8);
    }
  });

  it("explains one player by v(N) − v(∅)", async () => {
    const { estimate } = await play(tableGame(1, [2, 5]), METHODS["leave-one-out"].create(options), { budget: 3, rng: createRng(1) });
    expect([...estimate.values]).toEqual([3]);
  });
});
