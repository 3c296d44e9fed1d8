import { describe, expect, it } from "vitest";
import { createRng } from "../../../src/random.js";
import { tableInteractions } from "../../../src/shapley/interactions.js";
import { evenPart } from "../../../src/shapley/surrogate/even_part.js";
import { covariance, type Kernel, kernelParts } from "../../../src/shapley/surrogate/kernel.js";
import { pairCount, pairSections, priorPairVariances } from "../../../src/shapley/surrogate/kernel_pairs.js";
import { marginalLikelihood } from "../../../src/shapley/surrogate/likelihood.js";
import { pairPosterior } from "../../../src/shapley/surrogate/pair_posterior.js";
import { fitSurrogate } from "../../../src/shapley/surrogate/surrogate.js";

const N = 5;
const PAIRS = pairCount(N);
const kernel: Kernel = { lowest: 1.3, interacting: 0.7, rough: 0.02, relevance: Float64Array.of(0.1, 0.9, 2, 0.4, 0.03), common: null };

const coalitionOf = (bits: number) => Uint8Array.from({ length: N }, (_, i) => (bits >> i) & 1);

/** All that can be played of a game, complements first half last. */
function playedOf(table: ArrayLike<number>) {
  const patterns = Array.from({ length: 2 ** N - 2 }, (_, at) => at + 1);
  const payoffs = Float64Array.from(patterns, (bits) => table[bits] as number);
  return {
    empty: table[0] as number,
    full: table[2 ** N - 1] as number,
    rounds: [{ coalitions: patterns.map(coalitionOf), payoffs, design: null }],
  };
}

const rng = createRng("even");
const table = Float64Array.from({ length: 2 ** N }, () => rng.float());
const all = evenPart(playedOf(table), N);

/** The even game that is `values[row]` at the coalitions of a row. */
function evenTable(values: ArrayLike<number>): Float64Array {
  const game = new Float64Array(2 ** N);
  for (let row = 0; row < all.count; row++) {
    const bits = Array.from({ length: N }, (_, i) => (all.signs[row * N + i] === 1 ? 2 ** i : 0)).reduce((sum, bit) => sum + bit, 0);
    game[bits] = values[row] as number;
    game[2 ** N - 1 - bits] = values[row] as number;
  }
  return game;
}

const full = covariance(kernelParts(all, kernel), kernel, all.count);
const entry = (s: number, t: number) => full[Math.max(s, t) * all.count + Math.min(s, t)] as number;

describe("evenPart", () => {
  it("holds every pair of complements once, wherever its sides stand, and no mean", () => {
    expect(all.count).toBe(2 ** (N - 1));
    expect(all.targets.reduce((sum, target) => sum + target, 0)).toBeCloseTo(0, 12);
    const mean = table.reduce((sum, payoff) => sum + payoff, 0) / 2 ** N;
    expect(all.targets[0]).toBeCloseTo(((table[0] as number) + (table[2 ** N - 1] as number)) / 2 - mean, 12);
    const { rounds, ...ends } = playedOf(table);
    expect(evenPart({ ...ends, rounds: [...rounds, ...rounds] }, N)).toEqual(all);
  });

  it("leaves out what was played without its complement", () => {
    const { rounds, ...ends } = playedOf(table);
    const [round] = rounds as [(typeof rounds)[0]];
    const half = { ...round, coalitions: round.coalitions.slice(0, 16), payoffs: round.payoffs.slice(0, 16) };
    expect(evenPart({ ...ends, rounds: [half] }, N).count).toBe(2);
  });

  it("has all that interactions see", () => {
    const interactions = tableInteractions(table, N);
    for (const [pair, value] of tableInteractions(evenTable(all.targets), N).entries())
      expect(value).toBeCloseTo(interactions[pair] as number, 12);
  });
});

describe("pairSections", () => {
  it("are the interactions of the kernel as a game, its other argument held", () => {
    const sections = pairSections(all, kernel);
    for (let row = 0; row < all.count; row++) {
      const truth = tableInteractions(evenTable(Array.from({ length: all.count }, (_, at) => entry(at, row))), N);
      for (let pair = 0; pair < PAIRS; pair++) expect(sections[row * PAIRS + pair]).toBeCloseTo(truth[pair] as number, 10);
    }
  });
});

describe("priorPairVariances", () => {
  it("are the interactions of those interactions", () => {
    const sections = pairSections(all, kernel);
    const variances = priorPairVariances(kernel, N);
    for (let pair = 0; pair < PAIRS; pair++) {
      const truth = tableInteractions(evenTable(Array.from({ length: all.count }, (_, at) => sections[at * PAIRS + pair] as number)), N);
      expect(variances[pair]).toBeCloseTo(truth[pair] as number, 10);
    }
  });
});

describe("the marginal likelihood of an even part", () => {
  it("has the gradient that differences have", () => {
    const at = (parameters: readonly number[]) => {
      const [lowest, interacting, rough] = parameters.slice(0, 3).map((value) => Math.exp(2 * value)) as [number, number, number];
      return marginalLikelihood(all, {
        lowest,
        interacting,
        rough,
        relevance: Float64Array.from(parameters.slice(3), Math.exp),
        common: null,
      });
    };
    const parameters = [0.1, -0.3, -1.2, -1, 0.2, 0.5, -2, -0.4];
    const gradient = at(parameters)?.gradient;
    for (const place of parameters.keys()) {
      const moved = (by: number) => at(parameters.map((value, i) => (i === place ? value + by : value)))?.score as number;
      expect(gradient?.[place]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 5);
    }
  });
});

describe("pairPosterior", () => {
  it("is exact and certain once every pair of complements has been seen", () => {
    const surrogate = fitSurrogate(all);
    if (surrogate === null) throw new Error("no surrogate");
    const { values, deviations } = pairPosterior(surrogate);
    const truth = tableInteractions(table, N);
    for (let pair = 0; pair < PAIRS; pair++) {
      expect(values[pair]).toBeCloseTo(truth[pair] as number, 6);
      expect(deviations[pair]).toBeLessThan(1e-4);
    }
  });
});
