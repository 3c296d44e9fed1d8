import { describe, expect, it } from "vitest";
import { createRng } from "../../src/random.js";
import { eachClass, type PairPlan, pairsAffordable, samplePairs } from "../../src/shapley/paired_sample.js";
import { sizeClasses } from "../../src/shapley/size_classes.js";
import { spacedPlan } from "../../src/shapley/spaced_pairs.js";
import { drawPairs } from "../../src/shapley/subsets.js";

const bits = (side: Uint8Array): string => side.join("");
const mass = (size: number, n: number): number => 1 / (size * (n - size));

const SPACED = spacedPlan(mass);
const INDEPENDENT: PairPlan = { mass, draw: eachClass(drawPairs) };

/** Sides of all rounds. */
function played(n: number, budget: number, seed: number, plan: PairPlan = SPACED): readonly Uint8Array[] {
  const sides: Uint8Array[] = [];
  const rounds = samplePairs(n, budget, plan, createRng(seed));
  for (let step = rounds.next(); step.done !== true; step = rounds.next(new Float64Array(0))) {
    sides.push(...step.value.coalitions.filter((_, at) => at % 2 === 0));
  }
  return sides;
}

/** |xᵀy| / n of the nearest other pair, N among them, mean over pairs. */
function meanNearest(n: number, sides: readonly Uint8Array[]): number {
  const rows = [new Uint8Array(n).fill(1), ...sides];
  const near = (a: Uint8Array, b: Uint8Array) => Math.abs(a.reduce((sum, inside, i) => sum + (inside === b[i] ? 1 : -1), 0)) / n;
  return rows.reduce((sum, row) => sum + Math.max(...rows.map((other) => (other === row ? 0 : near(row, other)))), 0) / rows.length;
}

describe("spacedPlan", () => {
  it.each([
    [11, 110],
    [24, 120],
    [70, 140],
  ])("of %i players are farther apart than independent ones", (n, budget) => {
    const [spaced, independent] = [played(n, budget, 1), played(n, budget, 1, INDEPENDENT)];
    expect(new Set(spaced.map(bits)).size).toBe(spaced.length);
    expect(meanNearest(n, spaced)).toBeLessThan(0.99 * meanNearest(n, independent));
  });

  it("have the sizes that are wanted", () => {
    const n = 12;
    const rounds = samplePairs(n, 100, SPACED, createRng(1));
    const first = rounds.next().value;
    if (first === undefined) throw new Error("no round");
    const counts = new Int32Array(n / 2);
    for (const [at, side] of first.coalitions.entries())
      if (at % 2 === 0)
        counts[side.reduce((sum, inside) => sum + inside, 0) - 1] =
          1 + (counts[side.reduce((sum, inside) => sum + inside, 0) - 1] as number);
    for (const [k, expected] of first.design.expected.entries()) expect(Math.abs((counts[k] as number) - expected)).toBeLessThan(1.5);
  });

  it("puts any two players on one side about half of the time", () => {
    const n = 12;
    const spread = (sides: readonly Uint8Array[]) => {
      let squares = 0;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < i; j++) squares += sides.reduce((sum, side) => sum + (side[i] === side[j] ? 1 : -1), 0) ** 2;
      }
      return squares;
    };
    const total = (plan: PairPlan) => [1, 2, 3, 4].reduce((sum, seed) => sum + spread(played(n, 100, seed, plan)), 0);
    expect(total(SPACED)).toBeLessThan(0.9 * total(INDEPENDENT));
  });

  it("prefers no player: every pair of a size is equally likely", () => {
    const counts = new Map<string, number>();
    const runs = 3_000;
    for (let seed = 0; seed < runs; seed++) {
      for (const side of played(6, 24, seed)) {
        if (side.reduce((sum, inside) => sum + inside, 0) === 2) counts.set(bits(side), (counts.get(bits(side)) ?? 0) + 1);
      }
    }
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
    expect(counts.size).toBe(15);
    // Draws of one run are apart from each other, so that counts spread less than independent ones would.
    for (const count of counts.values()) expect(Math.abs(count / all - 1 / 15)).toBeLessThan(5 * Math.sqrt(1 / 15 / all));
  });

  it("plays all pairs where the budget pays for them, and the same ones with the same seed", () => {
    expect(new Set(played(7, 2 ** 7, 3).map(bits)).size).toBe(2 ** 6 - 1);
    expect(played(20, 90, 5).map(bits)).toEqual(played(20, 90, 5).map(bits));
    expect(played(20, 90, 5).map(bits)).not.toEqual(played(20, 90, 6).map(bits));
  });

  it.each([
    [10, 60],
    [30, 300],
    [111, 64],
    [216, 500],
  ])("of %i players plays all of %i coalitions again where twice as many are asked for", (n, budget) => {
    const smaller = played(n, budget, 1).map(bits);
    const larger = new Set(played(n, 2 * budget, 1).map(bits));
    expect(smaller.filter((side) => !larger.has(side))).toEqual([]);
  });

  it("of thousands of pairs draws the later ones as they come, in seconds", () => {
    const n = 16;
    const started = performance.now();
    const budget = 40_000;
    expect(new Set(played(n, budget, 1).map(bits)).size).toBe(pairsAffordable(sizeClasses(n), budget));
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
