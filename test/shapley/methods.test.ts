import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { play } from "../../src/game/play.js";
import type { Game, PlayerTree } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import type { MethodDefinition } from "../../src/shapley/method.js";
import { METHODS, type MethodName, methods } from "../../src/shapley/registry.js";
import { shapleyValues } from "../../src/shapley/table.js";
import { additive, gameOf, members, tableGame } from "../support/games.js";
import { patternsOf, sampledTable } from "../support/tables.js";

const options = { confidence: 0.95 };
const namesOf = (of: (method: MethodDefinition) => boolean): readonly MethodName[] => methods.filter(of).map(({ name }) => name);
const SAMPLED = namesOf(({ draws }) => draws);
/** Methods whose values are Shapley values where players are on one level; others' are not. */
const SHAPLEY = namesOf(({ enumerates, estimand }) => !enumerates && (estimand === "shapley" || estimand === "owen"));
const EFFICIENT = namesOf(({ enumerates, efficient }) => !enumerates && efficient);

const row = (name: MethodName): MethodDefinition => METHODS[name];
const run = (name: MethodName, game: Game, budget: number, seed: number | string = 1, tree?: PlayerTree) =>
  play(game, row(name).create({ ...options, tree }), { budget, rng: createRng(seed) });
const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

describe.each(SAMPLED)("%s", (name) => {
  it("works at every budget from its minimum on, never overspends, gives finite values", async () => {
    for (const n of [1, 2, 3, 4, 5, 6, 9]) {
      const table = sampledTable(n, `budgets ${n}`);
      const minimum = Math.max(2, row(name).minBudget(n));
      for (let budget = minimum; budget <= Math.min(2 ** n + 5, minimum + 60); budget++) {
        const { estimate, spent } = await run(name, tableGame(n, table), budget, budget);
        expect(estimate.values).toHaveLength(n);
        expect(estimate.values.every(Number.isFinite)).toBe(true);
        expect(estimate.stdErrors?.every((error) => error >= 0 && Number.isFinite(error)) ?? true).toBe(true);
        expect((estimate.stdErrors === null) === (estimate.uncertainty.reason !== null)).toBe(true);
        expect(spent.distinct).toBeLessThanOrEqual(budget);
      }
    }
  });

  it("refuses less than its minimum and names it", async () => {
    const minimum = row(name).minBudget(9);
    await expect(run(name, additive(Array(9).fill(1)), minimum - 1)).rejects.toThrow(new RegExp(`at least ${minimum} `));
  });

  it("plays 1,000 players", async () => {
    const game = gameOf(1_000, (s) => Math.sqrt(members(s)) + (s[3] as number));
    const { estimate, spent } = await run(name, game, 2_010);
    expect(estimate.values.every(Number.isFinite)).toBe(true);
    expect(spent.distinct).toBeLessThanOrEqual(2_010);
    expect(spent.distinct).toBeGreaterThan(1_900);
  });

  it("gives the same bytes for the same seed and others for another", async () => {
    const game = tableGame(9, sampledTable(9, "seeds"));
    const [a, b, c] = [await run(name, game, 120, 4), await run(name, game, 120, 4), await run(name, game, 120, 5)];
    expect(a.estimate).toEqual(b.estimate);
    expect(a.estimate.values).not.toEqual(c.estimate.values);
  });

  it("finds nothing where nothing happens", async () => {
    const { estimate } = await run(
      name,
      gameOf(7, () => 3),
      60,
    );
    estimate.values.forEach((value) => {
      expect(Math.abs(value)).toBeLessThan(1e-12);
    });
  });

  it("is linear in the payoffs: the same seed plays the same coalitions", async () => {
    // A method that learns from the payoffs, where to play or what they look like, is linear only under scaling.
    const second = !row(name).linear ? (v: number) => v : (_: number, bits: number) => Math.cos(bits);
    const table = sampledTable(8, "linear");
    const other = table.map(second);
    const combined = table.map((v, bits) => 2 * v - 3 * (other[bits] as number));
    const [a, b, both] = await Promise.all([table, other, combined].map((t) => run(name, tableGame(8, t), 90)));
    both?.estimate.values.forEach((value, i) => {
      expect(value).toBeCloseTo(2 * (a?.estimate.values[i] as number) - 3 * (b?.estimate.values[i] as number), 8);
    });
  });
});

describe.each(SHAPLEY)("%s", (name) => {
  it("centres on the Shapley values", async () => {
    const n = 7;
    const table = sampledTable(n, "unbiased");
    const truth = shapleyValues(table, n);
    const seeds = 400;
    const sums = new Float64Array(n);
    const squares = new Float64Array(n);
    for (let seed = 0; seed < seeds; seed++) {
      const { values } = (await run(name, tableGame(n, table), 64, seed)).estimate;
      values.forEach((value, i) => {
        sums[i] = (sums[i] as number) + value;
        squares[i] = (squares[i] as number) + value * value;
      });
    }
    truth.forEach((phi, i) => {
      const mean = (sums[i] as number) / seeds;
      const error = Math.sqrt(Math.max(0, (squares[i] as number) / seeds - mean * mean) / seeds);
      // 4.5 standard errors over 7 players: one false alarm in 20,000. Regression has a bias of order 1/m, allowed for.
      expect(Math.abs(mean - phi)).toBeLessThan(4.5 * error + 0.004);
    });
  });

  it("gives equal players equal values on average, and a null player little", async () => {
    const n = 7;
    const game = gameOf(n, (s) => Math.sqrt(members(s.subarray(0, 6))));
    const sums = new Float64Array(n);
    for (let seed = 0; seed < 100; seed++) {
      (await run(name, game, 60, seed)).estimate.values.forEach((value, i) => {
        sums[i] = (sums[i] as number) + value / 100;
      });
    }
    const share = Math.sqrt(6) / 6;
    for (let i = 0; i < 6; i++) expect(Math.abs((sums[i] as number) - share)).toBeLessThan(0.05);
    expect(Math.abs(sums[6] as number)).toBeLessThan(0.05);
  });
});

describe.each(SHAPLEY.filter((name) => row(name).exhausts))("%s", (name) => {
  it("is exact with an error of zero where it may play every coalition", async () => {
    for (const n of [1, 2, 3, 6]) {
      const table = sampledTable(n, `all ${n}`);
      const { estimate } = await run(name, tableGame(n, table), 2 ** n);
      const truth = shapleyValues(table, n);
      estimate.values.forEach((value, i) => {
        expect(Math.abs(value - (truth[i] as number))).toBeLessThan(1e-9);
      });
      expect(Math.max(...(estimate.stdErrors ?? [1]))).toBeLessThan(1e-12);
    }
  });
});

describe.each(EFFICIENT)("%s", (name) => {
  it("sums to v(N) − v(∅) at every budget", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 9 }), fc.nat(80), fc.integer(), async (n, extra, seed) => {
        const table = sampledTable(n, `efficiency ${seed}`);
        const { values } = (await run(name, tableGame(n, table), Math.max(2, row(name).minBudget(n)) + extra, seed)).estimate;
        expect(sum(values)).toBeCloseTo((table.at(-1) as number) - (table[0] as number), 9);
      }),
      { numRuns: 60 },
    );
  });

  it("solves an additive game exactly from 4n coalitions on", async () => {
    const weights = [0.5, -1, 2, 0, 3, -0.25];
    const { values } = (await run(name, additive(weights, 2), 24, 3)).estimate;
    weights.forEach((weight, i) => {
      expect(values[i]).toBeCloseTo(weight, 6);
    });
  });
});

describe("intervals", () => {
  it.each(namesOf(({ estimand, exhausts, errors }) => estimand === "shapley" && exhausts && errors !== null))(
    "%s: of intervals of 0.95, 0.90 to 0.985 hold the value at 20n coalitions",
    async (name) => {
      const n = 8;
      let covered = 0;
      let all = 0;
      for (let seed = 0; seed < 150; seed++) {
        const table = sampledTable(n, `cover ${seed}`);
        const truth = shapleyValues(table, n);
        const { intervals } = (await run(name, tableGame(n, table), 20 * n, seed)).estimate;
        intervals?.forEach(([low, high], i) => {
          all += 1;
          if (low <= (truth[i] as number) && (truth[i] as number) <= high) covered += 1;
        });
      }
      expect(all).toBeGreaterThanOrEqual(150 * n * 0.9);
      expect(covered / all).toBeGreaterThan(0.9);
      expect(covered / all).toBeLessThan(0.985);
    },
  );
});

describe("samples", () => {
  it.each(["leverage", "kernel", "complementary"] as const)(
    "%s draws distinct pairs, complements adjacent, to the last coalition",
    (name) => {
      fc.assert(
        fc.property(fc.integer({ min: 2, max: 9 }), fc.nat(200), fc.integer(), (n, extra, seed) => {
          const budget = Math.max(2, row(name).minBudget(n)) + extra;
          const drawn = patternsOf(row(name).create(options), n, budget, seed);
          expect(new Set(drawn).size).toBe(drawn.length);
          expect(drawn.length).toBe(Math.min(2 * Math.floor((budget - 2) / 2), 2 ** n - 2));
          for (let at = 0; at < drawn.length; at += 2) expect((drawn[at] as number) + (drawn[at + 1] as number)).toBe(2 ** n - 1);
        }),
      );
    },
  );

  it("mllm-shap-mc plays the leave-one-out coalitions first, then distinct others", () => {
    const drawn = patternsOf(row("mllm-shap-mc").create(options), 5, 20, 1);
    expect(drawn.slice(0, 5)).toEqual([30, 29, 27, 23, 15]);
    expect(new Set(drawn).size).toBe(18);
    expect(drawn).not.toContain(0);
    expect(drawn).not.toContain(31);
  });
});
