import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { play } from "../../src/game/play.js";
import type { Game } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import { exactInteractions, pairInteractions, sampledInteractions, tableInteractions } from "../../src/shapley/interactions.js";
import { METHODS } from "../../src/shapley/registry.js";
import { rowsOfThinned } from "../../src/shapley/surrogate/game_part.js";
import { eachPair } from "../../src/shapley/surrogate/kernel_pairs.js";
import { additive, gameOf, members, tableGame, unanimity } from "../support/games.js";
import { sampledTable } from "../support/tables.js";

const [exact, leverage, permutation] = [METHODS.exact.create, METHODS.leverage.create, METHODS.permutation.create];

const options = { confidence: 0.95 };

async function exactOf(game: Game) {
  const { played, estimate } = await play(game, exact(options), { budget: 2 ** game.players, rng: createRng(0) });
  return exactInteractions(played, estimate.values, game.players, 0.95);
}

describe("pairwise interactions", () => {
  it("of two players who need each other are all there is", async () => {
    const { pairs, main } = await exactOf(unanimity(4, [1, 3]));
    expect(pairs[0]).toMatchObject({ first: 1, second: 3, value: 1, stdError: 0, interval: [1, 1] });
    expect(pairs.slice(1).every(({ value }) => Math.abs(value) < 1e-12)).toBe(true);
    main.forEach((value) => {
      expect(value).toBeCloseTo(0, 12);
    });
  });

  it("of three players who need each other are a half each; of substitutes negative", async () => {
    const three = await exactOf(unanimity(3, [0, 1, 2]));
    expect(three.pairs.map(({ value }) => value)).toEqual([0.5, 0.5, 0.5]);
    const either = await exactOf(gameOf(2, (s) => (members(s) > 0 ? 1 : 0)));
    expect(either.pairs).toMatchObject([{ first: 0, second: 1, value: -1 }]);
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
    expect(pairInteractions({ definition: METHODS.kernel, enumerates: true }, played, estimate.values, 5, 0.95).exact).toBe(true);
    expect(pairInteractions({ definition: METHODS.kernel, enumerates: false }, played, estimate.values, 5, 0.95).exact).toBe(false);
    expect(() => pairInteractions({ definition: METHODS.owen, enumerates: false }, played, estimate.values, 5, 0.95)).toThrow(
      /use sampler auto or leverage/,
    );
    expect(() => pairInteractions({ definition: METHODS.kernel, enumerates: false }, played, new Float64Array(129), 129, 0.95)).toThrow(
      /there are 129/,
    );
  });

  it("vanish for additive players, exact or sampled, and for one player", async () => {
    const game = additive([3, -1, 2, 0.5, 0, 1, -2]);
    const { played, estimate } = await play(game, leverage(options), { budget: 40, rng: createRng(2) });
    for (const { value } of sampledInteractions(played, estimate.values, 7, 0.95).pairs) expect(Math.abs(value)).toBeLessThan(1e-6);
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
      const { pairs } = sampledInteractions(played, estimate.values, n, 0.95);
      const squares = pairs.reduce((sum, { first, second, value }) => sum + (value - (truth.get(`${first} ${second}`) ?? 0)) ** 2, 0);
      errors.push(Math.sqrt(squares / pairs.length));
    }
    const [few, some, many] = errors as [number, number, number];
    expect(some).toBeLessThan(few);
    expect(many).toBeLessThan(0.03);
  });
});

/** Payoffs of all coalitions as scripts/record-games.mjs wrote them. */
function recorded(path: string): Float64Array {
  const { payoffs } = JSON.parse(readFileSync(new URL(`../../fixtures/games/${path}.json`, import.meta.url), "utf8"));
  const bytes = Buffer.from(payoffs as string, "base64");
  return Float64Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
}

const bent = (n: number) => Float64Array.from({ length: 2 ** n }, (_, bits) => Math.tanh(members(bytesOf(bits, n)) / 3));
const bytesOf = (bits: number, n: number) => Uint8Array.from({ length: n }, (_, i) => (bits >> i) & 1);

describe("intervals of sampled interactions", () => {
  it("cover what they claim on recorded and synthetic games, and pairs without 0 inside have the right sign", async () => {
    const tables = [
      recorded("text-10"),
      recorded("smollm2/capital-09"),
      recorded("smollm2/advice-tfidf-09"),
      sampledTable(9, "cover"),
      bent(9),
    ];
    let [covered, all, found, wrong] = [0, 0, 0, 0];
    for (const [game, table] of tables.entries()) {
      const n = Math.log2(table.length);
      const truth = tableInteractions(table, n);
      const places = new Map<string, number>();
      eachPair(n, (i, j, pair) => places.set(`${i} ${j}`, pair));
      for (const seed of [1, 2, 3, 4]) {
        const { played, estimate } = await play(tableGame(n, table), METHODS.proxy.create(options), {
          budget: 12 * n,
          rng: createRng(`${game} ${seed}`),
        });
        const { pairs, uncertainty } = sampledInteractions(played, estimate.values, n, 0.95);
        expect(uncertainty).toMatchObject({ confidence: 0.95, reason: null });
        for (const { first, second, value, interval } of pairs) {
          const [low, high] = interval as readonly [number, number];
          const exact = truth[places.get(`${first} ${second}`) as number] as number;
          all += 1;
          covered += Number(low <= exact && exact <= high);
          if (low <= 0 && high >= 0) continue;
          found += 1;
          wrong += Number(Math.sign(value) !== Math.sign(exact));
        }
      }
    }
    expect(covered / all).toBeGreaterThan(0.93);
    expect(found).toBeGreaterThan(0.1 * all);
    expect(wrong / found).toBeLessThan(0.05);
  }, 60_000);

  it("are not given where too few coalitions have their complement, and the reason is", async () => {
    const table = sampledTable(9, "few");
    const { played, estimate } = await play(tableGame(9, table), leverage(options), { budget: 30, rng: createRng(1) });
    const { pairs, uncertainty } = sampledInteractions(played, estimate.values, 9, 0.95);
    expect(pairs.every(({ stdError, interval }) => stdError === null && interval === null)).toBe(true);
    expect(uncertainty.reason).toMatch(/14 coalitions with their complement for 9 players are too few .* \(18 are needed\)/);
  });

  it("are no narrower for coalitions that the surrogate does not see", async () => {
    const n = 128;
    const game = gameOf(n, (coalition) => (coalition[0] ?? 0) * (coalition[1] ?? 0) + Math.tanh(members(coalition) / n));
    const { played } = await play(game, leverage(options), { budget: 2_000, rng: createRng(3) });
    const pairsOf = played.rounds.flatMap(({ coalitions, payoffs }) =>
      Array.from({ length: coalitions.length / 2 }, (_, at) => ({
        coalitions: coalitions.slice(2 * at, 2 * at + 2),
        payoffs: payoffs.slice(2 * at, 2 * at + 2),
      })),
    );
    const rows = new Set(rowsOfThinned(pairsOf.length + 1, 496));
    const seen = pairsOf.filter((_, at) => rows.has(at + 1));
    const sumOf = ({ payoffs }: (typeof pairsOf)[number]): number => (payoffs[0] as number) + (payoffs[1] as number);
    const mean = seen.reduce((sum, pair) => sum + sumOf(pair), played.empty + played.full) / (seen.length + 1);
    // The others say nothing new: their payoffs are the mean, from which all are taken.
    const all = pairsOf.map((pair, at) => (rows.has(at + 1) ? pair : { ...pair, payoffs: Float64Array.of(mean / 2, mean / 2) }));
    const errorOf = (rounds: readonly { readonly coalitions: readonly Uint8Array[]; readonly payoffs: Float64Array }[]): number => {
      const some = { ...played, rounds: rounds.map((round) => ({ ...round, design: null })) };
      const errors = sampledInteractions(some, new Float64Array(n), n, 0.95).pairs.map(({ stdError }) => stdError as number);
      return errors.toSorted((a, b) => a - b)[errors.length >> 1] as number;
    };
    expect(seen.length).toBeLessThan(all.length - 400);
    expect(errorOf(all) / errorOf(seen)).toBeCloseTo(1, 6);
  });
});
