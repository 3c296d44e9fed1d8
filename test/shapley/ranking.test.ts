import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { play } from "../../src/game/play.js";
import { spearman } from "../../src/math/ranks.js";
import { createRng } from "../../src/random.js";
import { expectedRankCorrelation } from "../../src/shapley/ranking.js";
import { METHODS } from "../../src/shapley/registry.js";
import { shapleyValues } from "../../src/shapley/table.js";
import { tableGame } from "../support/games.js";
import { sampledTable } from "../support/tables.js";

const estimate = (values: number[], stdErrors: number[] | null, posterior = true) => ({
  values: Float64Array.from(values),
  stdErrors: stdErrors && Float64Array.from(stdErrors),
  intervals: null,
  uncertainty: { method: "by hand", confidence: 0.95, reason: null, posterior },
  biased: false,
});

describe("expectedRankCorrelation", () => {
  it("is 1 where nothing was left to chance, and near it where errors are small", () => {
    expect(expectedRankCorrelation(estimate([3, 1, 2], [0, 0, 0]))).toBeCloseTo(1, 12);
    expect(expectedRankCorrelation(estimate([3, 1, 2], [0, 0, 0], false))).toBeCloseTo(1, 12);
    expect(expectedRankCorrelation(estimate([3, 1, 2], [0.1, 0.1, 0.1]))).toBeGreaterThan(0.99);
  });

  it("of two players is by hand 2 P(right order) − 1", () => {
    // The difference is 1, its error √(0.36 + 0.64) = 1: P(Z < 1) = 0.841345.
    expect(expectedRankCorrelation(estimate([1, 0], [0.6, 0.8]))).toBeCloseTo(2 * 0.841345 - 1, 5);
  });

  it("is 0 where unbiased estimates lie no further apart than their errors", () => {
    expect(expectedRankCorrelation(estimate([0.1, -0.1, 0.05, -0.05], [1, 1, 1, 1], false))).toBeCloseTo(0, 6);
  });

  it("is unknown without errors, or with nothing to rank", () => {
    expect(expectedRankCorrelation(estimate([1, 2], null))).toBeNull();
    expect(expectedRankCorrelation(estimate([1], [0]))).toBeNull();
  });

  it.each(["proxy", "leverage"] as const)("of %s is what is found, on recorded and drawn games", async (name) => {
    const bytes = Buffer.from(JSON.parse(readFileSync("fixtures/games/smollm2/negation-09.json", "utf8")).payoffs, "base64");
    const recorded = Float64Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
    const told: number[] = [];
    const found: number[] = [];
    for (const [at, table] of [recorded, sampledTable(9, "rank"), sampledTable(9, "ranks"), sampledTable(9, "order")].entries()) {
      const truth = shapleyValues(table, 9);
      for (const seed of [1, 2, 3, 4, 5, 6]) {
        const method = METHODS[name].create({ confidence: 0.95 });
        const { estimate: of } = await play(tableGame(9, table), method, { budget: 5 * 9, rng: createRng(`${at} ${seed}`) });
        told.push(expectedRankCorrelation(of) as number);
        found.push(spearman(of.values, truth) as number);
      }
    }
    const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length;
    expect(Math.abs(mean(told) - mean(found))).toBeLessThan(0.06);
    expect(mean(found)).toBeLessThan(0.99);
  });
});
