import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateSpans, estimatorOf } from "../../src/game/outputs.js";
import { play } from "../../src/game/play.js";
import type { Coalition, Game, Outputs } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import { exact } from "../../src/shapley/methods/exact.js";
import { methods } from "../../src/shapley/registry.js";
import { sum } from "../../src/util/arrays.js";

const STEPS = 5;
const N = 8;

/** Steps with interactions; players 2 and 3 are alike, player 4 does nothing. */
function stepPayoff(coalition: Coalition, step: number): number {
  const has = (i: number): number => coalition[i] as number;
  const linear = [0, 1, 2, 3, 5, 6, 7].reduce((total, i) => total + has(i) * Math.sin(step + (i === 3 ? 2 : i)), 0);
  return Math.tanh(linear) + has(0) * has(step % 2) * 0.7 - has(2) * has(3) * (step / 3);
}

/** Its payoff is the mean over steps. */
function steppedGame(n = N): Game {
  const mean = (coalition: Coalition): number =>
    sum(Float64Array.from({ length: STEPS }, (_, step) => stepPayoff(coalition, step))) / STEPS;
  const seen: Coalition[] = [];
  const outputs: Outputs = {
    count: STEPS,
    slotsOf: (coalitions) => Int32Array.from(coalitions, (coalition) => seen.push(coalition) - 1),
    payoff: (slot, step) => stepPayoff(seen[slot] as Coalition, step),
  };
  return { players: n, evaluate: async (coalitions) => Float64Array.from(coalitions, mean), outputs: () => outputs };
}

const SINGLE = Array.from({ length: STEPS }, (_, step) => ({ from: step, to: step + 1 }));
const PAIRS = [
  { from: 0, to: 2 },
  { from: 2, to: 5 },
];

describe.each(methods)("$name on a game of several outputs", (definition) => {
  const budget = Math.min(2 ** N, Math.max(40, definition.minBudget(N)));
  const run = async (spans = SINGLE) => {
    const options = { budget, rng: createRng(3), spans };
    return await play(steppedGame(), definition.create({ confidence: 0.95 }), options);
  };

  it("gives rows whose mean is the payoff's values", async () => {
    const { estimate, spans } = await run();
    expect(spans).toHaveLength(STEPS);
    estimate.values.forEach((value, i) => {
      const rows = spans?.map((span) => span.estimate.values[i] as number) ?? [];
      expect(rows.reduce((total, row) => total + row, 0) / STEPS).toBeCloseTo(value, 10);
    });
  });

  it.runIf(definition.efficient)("gives rows that sum to what their step gains", async () => {
    const { spans } = await run();
    for (const { empty, full, estimate } of spans ?? []) expect(sum(estimate.values)).toBeCloseTo(full - empty, 10);
  });

  it("gives a word the sum of its steps, with an error of its own", async () => {
    const { spans: steps } = await run();
    const { spans: words } = await run(PAIRS);
    words?.forEach(({ estimate }, w) => {
      const inside = steps?.slice(PAIRS[w]?.from, PAIRS[w]?.to) ?? [];
      estimate.values.forEach((value, i) => {
        expect(inside.reduce((total, step) => total + (step.estimate.values[i] as number), 0)).toBeCloseTo(value, 10);
      });
      expect(estimate.stdErrors === null).toBe(inside[0]?.estimate.stdErrors === null);
    });
  });

  it.runIf(definition.linear && !definition.adaptive)("gives a row what a game of that step alone would get, errors included", async () => {
    const { spans } = await run();
    const alone: Game = { players: N, evaluate: async (all) => Float64Array.from(all, (coalition) => stepPayoff(coalition, 1)) };
    const { estimate } = await play(alone, definition.create({ confidence: 0.95 }), { budget, rng: createRng(3) });
    expect(spans?.[1]?.estimate).toEqual(estimate);
  });
});

it("a surrogate that sees a part of many pairs gives rows whose mean is the payoff's values, too", async () => {
  const proxy = methods.find(({ name }) => name === "proxy") as (typeof methods)[number];
  const n = 13;
  // More than a thousand pairs.
  const options = { budget: 2_100, rng: createRng(3), spans: SINGLE };
  const { estimate, spans } = await play(steppedGame(n), proxy.create({ confidence: 0.95 }), options);
  estimate.values.forEach((value, i) => {
    const rows = spans?.map((span) => span.estimate.values[i] as number) ?? [];
    expect(rows.reduce((total, row) => total + row, 0) / STEPS).toBeCloseTo(value, 9);
  });
  for (const { empty, full, estimate: row } of spans ?? []) {
    expect(sum(row.values)).toBeCloseTo(full - empty, 9);
    expect(row.stdErrors?.every((error) => error >= 0)).toBe(true);
  }
}, 60_000);

describe("the axioms, for every output", () => {
  it("hold: equal players get the same, one that does nothing gets nothing, and outputs add up", async () => {
    const { spans } = await play(steppedGame(), exact.create({ confidence: 0.95 }), { budget: 2 ** N, rng: createRng(0), spans: SINGLE });
    for (const { estimate } of spans ?? []) {
      expect(estimate.values[2]).toBeCloseTo(estimate.values[3] as number, 12);
      expect(estimate.values[4]).toBe(0);
    }
  });

  it("hold of any outputs", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.float64Array({ minLength: 16, maxLength: 16, min: -50, max: 0, noNaN: true }), { minLength: 1, maxLength: 6 }),
        async (tables) => {
          const bits = (coalition: Coalition): number => coalition.reduce((total, member, i) => total + (member << i), 0);
          const outputs: Outputs = {
            count: tables.length,
            slotsOf: (coalitions) => Int32Array.from(coalitions, bits),
            payoff: (slot, output) => tables[output]?.[slot] as number,
          };
          const coalitions = Array.from({ length: 14 }, (_, at) => Uint8Array.from({ length: 4 }, (_unused, i) => ((at + 1) >> i) & 1));
          const played = { empty: 0, full: 0, rounds: [{ coalitions, payoffs: new Float64Array(14), design: null }] };
          const spans = [...tables.map((_, from) => ({ from, to: from + 1 })), { from: 0, to: tables.length }];
          const estimates = await estimateSpans(outputs, spans, estimatorOf(exact.create({ confidence: 0.95 }), played, 4), played, 4);
          const whole = estimates.at(-1)?.estimate.values ?? new Float64Array(4);
          for (const { empty, full, estimate } of estimates) expect(sum(estimate.values)).toBeCloseTo(full - empty, 8);
          whole.forEach((value, i) => {
            const parts = estimates.slice(0, -1).reduce((total, { estimate }) => total + (estimate.values[i] as number), 0);
            expect(parts).toBeCloseTo(value, 8);
          });
        },
      ),
    );
  });
});
