import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { play } from "../../src/game/play.js";
import type { Game } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import { METHODS } from "../../src/shapley/registry.js";
import { shapleyValues } from "../../src/shapley/table.js";
import { additive, gameOf, members, tableGame } from "../support/games.js";

const permutation = METHODS.permutation.create;

const method = permutation({ confidence: 0.95 });
const NOTHING = new Float64Array(0);
const run = (game: Game, budget: number, seed: number | string) => play(game, method, { budget, rng: createRng(seed) });

/** Random payoffs with a smooth part, so that players differ and variances do not vanish. */
function randomTable(n: number, seed: string): Float64Array {
  const rng = createRng(seed);
  const weights = Array.from({ length: n }, () => rng.float() - 0.3);
  return Float64Array.from({ length: 2 ** n }, (_, bits) => {
    const smooth = weights.reduce((sum, w, i) => sum + w * ((bits >> i) & 1), 0);
    return Math.tanh(smooth) + 0.5 * rng.float();
  });
}

const rootMeanSquare = (errors: readonly number[]) => Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);

describe("permutation", () => {
  it("is exact with one pair where players interact in twos", async () => {
    const game = gameOf(7, (s) => members(s) ** 2 + 3 * (s[0] as number) * (s[6] as number) - (s[2] as number));
    const { values } = (await run(game, 14, 1)).estimate;
    const expected = [7, 7, 7, 7, 7, 7, 7].map((phi, i) => phi + (i === 0 || i === 6 ? 1.5 : 0) - (i === 2 ? 1 : 0));
    expected.forEach((phi, i) => {
      expect(values[i]).toBeCloseTo(phi, 10);
    });
  });

  it("errors fall as 1/√m", async () => {
    const n = 8;
    const budgets = [2 + 14 * 8, 2 + 14 * 32, 2 + 14 * 128];
    const errors = budgets.map((): number[] => []);
    for (let seed = 0; seed < 120; seed++) {
      const table = randomTable(n, `rate ${seed}`);
      const truth = shapleyValues(table, n);
      for (const [at, budget] of budgets.entries()) {
        const { values } = (await run(tableGame(n, table), budget, seed)).estimate;
        errors[at]?.push(...values.map((value, i) => value - (truth[i] as number)));
      }
    }
    const [a, b, c] = errors.map(rootMeanSquare) as [number, number, number];
    // Four times the pairs halve the error; 120 games leave about 3 % of noise in each ratio.
    expect(a / b).toBeGreaterThan(1.85);
    expect(a / b).toBeLessThan(2.15);
    expect(b / c).toBeGreaterThan(1.85);
    expect(b / c).toBeLessThan(2.15);
  });

  it("95 % intervals at 30 pairs cover 93–97 % over 1,000 games", async () => {
    const n = 6;
    let covered = 0;
    let players = 0;
    for (let seed = 0; seed < 1_000; seed++) {
      const table = randomTable(n, `coverage ${seed}`);
      const truth = shapleyValues(table, n);
      const { intervals, stdErrors } = (await run(tableGame(n, table), 2 + 30 * 2 * (n - 1), seed)).estimate;
      intervals?.forEach(([low, high], i) => {
        if ((stdErrors?.[i] ?? 0) === 0) return;
        players += 1;
        if (low <= (truth[i] as number) && (truth[i] as number) <= high) covered += 1;
      });
    }
    expect(players).toBe(6_000);
    expect(covered / players).toBeGreaterThanOrEqual(0.93);
    expect(covered / players).toBeLessThanOrEqual(0.97);
  });

  it("spends every pair that the budget pays for, and never more", async () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 0, max: 600 }), (n, extra) => {
        const budget = n + 1 + extra;
        const sampler = method.sample(n, budget, createRng(1));
        let asked = 0;
        for (let step = sampler.next(NOTHING); step.done !== true; step = sampler.next(NOTHING)) asked += step.value.coalitions.length;
        const pairs = Math.floor((budget - 2) / (2 * (n - 1)));
        expect(asked).toBe(pairs === 0 ? n - 1 : pairs * 2 * (n - 1));
        expect(asked + 2).toBeLessThanOrEqual(budget);
      }),
    );
  });

  it("values sum to v(N) − v(∅) at every budget; a null player gets 0", async () => {
    for (const budget of [8, 13, 14, 40, 400]) {
      const game = gameOf(7, (s) => Math.sin(3 * members(s.subarray(0, 6)) + (s[1] as number)));
      const { values } = (await run(game, budget, 5)).estimate;
      const full = Math.sin(19);
      expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(full, 10);
      expect(values[6]).toBe(0);
    }
  });

  it("says why there is no error below 10 pairs", async () => {
    const few = (await run(additive([1, 2, 3]), 2 + 9 * 4, 1)).estimate;
    expect(few.stdErrors).toBeNull();
    expect(few.uncertainty.reason).toMatch(/9 antithetic pairs are too few/);
    expect((await run(additive([1, 2, 3]), 2 + 4, 1)).estimate.uncertainty.reason).toMatch(/^1 antithetic pair is too few/);
    const walk = (await run(additive([1, 2, 3]), 4, 1)).estimate;
    expect([...walk.values]).toEqual([1, 2, 3]);
    expect(walk.uncertainty.reason).toMatch(/one forward walk/);
    expect((await run(additive([1, 2, 3]), 2 + 10 * 4, 1)).estimate.stdErrors).not.toBeNull();
  });

  it("depends on nothing but the seed, and plays 1,000 players", async () => {
    const game = gameOf(1_000, (s) => Math.sqrt(members(s)));
    const [a, b, c] = [await run(game, 2_100, 7), await run(game, 2_100, 7), await run(game, 2_100, 8)];
    expect(a.estimate).toEqual(b.estimate);
    expect(a.estimate.values).not.toEqual(c.estimate.values);
    expect(a.estimate.values.reduce((x, y) => x + y, 0)).toBeCloseTo(Math.sqrt(1_000), 8);
  });

  it("refuses fewer than n + 1 coalitions", async () => {
    await expect(run(additive([1, 2, 3]), 3, 0)).rejects.toThrow(/permutation needs a budget of at least 4 /);
  });
});
