import { describe, expect, it } from "vitest";
import { createRng } from "../../../src/random.js";
import { type GamePart, rowsOfThinned, thinned } from "../../../src/shapley/surrogate/game_part.js";
import { covariance, type Kernel, kernelParts } from "../../../src/shapley/surrogate/kernel.js";
import { priorVariances, sectionValues } from "../../../src/shapley/surrogate/kernel_values.js";
import { marginalLikelihood } from "../../../src/shapley/surrogate/likelihood.js";
import { likenessOf } from "../../../src/shapley/surrogate/likeness.js";
import { posterior } from "../../../src/shapley/surrogate/posterior.js";
import { residualGames } from "../../../src/shapley/surrogate/residuals.js";
import { fitSurrogate, heldOutErrors } from "../../../src/shapley/surrogate/surrogate.js";
import { shapleyValues } from "../../../src/shapley/table.js";

const N = 5;
/** Players 1 and 4, and players 2 and 3, say the same. */
const likeness = likenessOf(["turn", "it", "on", "On", " it"]);
if (likeness === null) throw new Error("nobody is alike");
const kernel: Kernel = {
  lowest: 1.3,
  interacting: 0.7,
  rough: 0.02,
  relevance: Float64Array.of(0.1, 0.9, 2, 0.4, 0.03),
  common: { likeness, variance: 0.6 },
};

/** One row a pair of complements, N first: the bit patterns that hold player 4. */
const PATTERNS = Array.from({ length: 2 ** (N - 1) }, (_, at) => 2 ** N - 1 - at);

function partOf(patterns: readonly number[], payoff: (bits: number) => number): GamePart {
  const targets = Float64Array.from(patterns, (bits) => (payoff(bits) - payoff(2 ** N - 1 - bits)) / 2);
  const signs = Int8Array.from(patterns.flatMap((bits) => Array.from({ length: N }, (_, i) => 2 * ((bits >> i) & 1) - 1)));
  return { parity: -1, players: N, signs, targets, count: patterns.length };
}

/** The odd game that is `values[q]` at pattern q of PATTERNS. */
function oddTable(values: ArrayLike<number>): Float64Array {
  const table = new Float64Array(2 ** N);
  for (const [at, bits] of PATTERNS.entries()) {
    table[bits] = values[at] as number;
    table[2 ** N - 1 - bits] = -(values[at] as number);
  }
  return table;
}

const all = partOf(PATTERNS, () => 0);
const full = covariance(kernelParts(all, kernel), kernel, all.count);
const entry = (s: number, t: number) => full[Math.max(s, t) * all.count + Math.min(s, t)] as number;

describe("sectionValues", () => {
  it("are the Shapley values of the kernel as a game, its other argument held", () => {
    const sections = sectionValues(all, kernel);
    for (let row = 0; row < all.count; row++) {
      const truth = shapleyValues(oddTable(PATTERNS.map((_, at) => entry(at, row))), N);
      for (let i = 0; i < N; i++) expect(sections[row * N + i]).toBeCloseTo(truth[i] as number, 10);
    }
  });
});

describe("priorVariances", () => {
  it("are the values of those values", () => {
    const sections = sectionValues(all, kernel);
    const variances = priorVariances(kernel, N);
    for (let i = 0; i < N; i++) {
      const truth = shapleyValues(oddTable(PATTERNS.map((_, at) => sections[at * N + i] as number)), N);
      expect(variances[i]).toBeCloseTo(truth[i] as number, 10);
    }
  });
});

const rng = createRng("kernel");
const table = Float64Array.from({ length: 2 ** N }, () => rng.float());
const some = partOf(PATTERNS.slice(0, 9), (bits) => table[bits] as number);

describe("marginalLikelihood", () => {
  it.each([false, true])("has the gradient that differences have, what is common by relevance: %s", (byRelevance) => {
    const at = (parameters: readonly number[]) => {
      const [lowest, interacting, rough] = parameters.slice(0, 3).map((value) => Math.exp(2 * value)) as [number, number, number];
      const common = { likeness: { ...likeness, byRelevance }, variance: Math.exp(2 * (parameters[3 + N] as number)) };
      return marginalLikelihood(some, {
        lowest,
        interacting,
        rough,
        relevance: Float64Array.from(parameters.slice(3, 3 + N), Math.exp),
        common,
      });
    };
    const parameters = [0.1, -0.3, -1.2, -1, 0.2, 0.5, -2, -0.4, -0.6];
    const gradient = at(parameters)?.gradient;
    for (const place of parameters.keys()) {
      const moved = (by: number) => at(parameters.map((value, i) => (i === place ? value + by : value)))?.score as number;
      expect(gradient?.[place]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 5);
    }
  });
});

describe("fitSurrogate", () => {
  it("predicts each pair as if it had not been seen", () => {
    const surrogate = fitSurrogate(some);
    if (surrogate === null) throw new Error("no surrogate");
    const errors = heldOutErrors(surrogate);
    expect(errors).toHaveLength(some.count - 1);
    // Row 3 by hand: the prediction from all other rows under the same kernel.
    const { seen, kernel: tuned, scale } = surrogate;
    const others = PATTERNS.slice(0, 9).filter((_, row) => row !== 3);
    const without = partOf(others, (bits) => (table[bits] as number) / scale);
    const parts = kernelParts(seen, tuned);
    const matrix = covariance(parts, tuned, seen.count);
    const at = (s: number, t: number) => matrix[Math.max(s, t) * seen.count + Math.min(s, t)] as number;
    const rows = [0, 1, 2, 4, 5, 6, 7, 8];
    const { mean, variance } = conditional(
      rows.map((s) => rows.map((t) => at(s, t))),
      rows.map((s) => at(s, 3)),
      [...without.targets],
      at(3, 3),
    );
    expect(errors[2]).toBeCloseTo(((seen.targets[3] as number) - mean) / Math.sqrt(variance), 6);
  });

  it("has nothing to learn where nothing happens", () => {
    expect(fitSurrogate(all)).toBeNull();
  });
});

describe("posterior", () => {
  it("is exact and certain once every pair has been seen", () => {
    const surrogate = fitSurrogate(partOf(PATTERNS, (bits) => table[bits] as number));
    if (surrogate === null) throw new Error("no surrogate");
    const { values, deviations } = posterior(surrogate);
    const truth = shapleyValues(table, N);
    for (let i = 0; i < N; i++) {
      expect(values[i]).toBeCloseTo(truth[i] as number, 6);
      expect(deviations[i]).toBeLessThan(1e-4);
    }
  });
});

describe("residualGames", () => {
  const residuals = () => {
    const part = partOf(PATTERNS, (bits) => table[bits] as number);
    const surrogate = fitSurrogate(thinned(part, 9));
    if (surrogate === null) throw new Error("no surrogate");
    const payoffs = Float64Array.from(
      PATTERNS.slice(1).flatMap((_, i) => [part.targets[i + 1] as number, -(part.targets[i + 1] as number)]),
    );
    const full = part.targets[0] as number;
    return { part, surrogate, ...residualGames(part, surrogate)({ empty: -full, full, rounds: [{ payoffs }] }, surrogate) };
  };

  it("is what a surrogate of some pairs does not know of the others, each pair predicted without itself", () => {
    const { part, surrogate, heldOut } = residuals();
    const seen = rowsOfThinned(part.count, 9);
    const rounds = heldOut.rounds;
    const matrix = covariance(kernelParts(part, surrogate.kernel), surrogate.kernel, part.count);
    const at = (s: number, t: number) => matrix[Math.max(s, t) * part.count + Math.min(s, t)] as number;
    for (let row = 1; row < part.count; row++) {
      const others = [...seen].filter((other) => other !== row);
      const { mean } = conditional(
        others.map((s) => others.map((t) => at(s, t))),
        others.map((s) => at(s, row)),
        others.map((s) => part.targets[s] as number),
        at(row, row),
      );
      expect(rounds[0]?.payoffs[2 * row - 2]).toBeCloseTo((part.targets[row] as number) - mean, 6);
      expect(rounds[0]?.payoffs[2 * row - 1]).toBe(-(rounds[0]?.payoffs[2 * row - 2] as number));
    }
  });

  it("adds up to the exact values where every pair was played: no row stands for another", () => {
    const { surrogate, missed } = residuals();
    const own = posterior({ ...surrogate, kernel: { ...surrogate.kernel, rough: 0 } }).values;
    // Payoffs of the residual game by bit pattern: odd, as PATTERNS has them.
    const game = new Float64Array(2 ** N);
    for (const [row, bits] of PATTERNS.entries()) {
      const payoff = row === 0 ? missed.full : (missed.rounds[0]?.payoffs[2 * row - 2] as number);
      game[bits] = payoff;
      game[2 ** N - 1 - bits] = -payoff;
    }
    const truth = shapleyValues(table, N);
    for (const [i, value] of shapleyValues(game, N).entries()) expect(value + (own[i] as number)).toBeCloseTo(truth[i] as number, 6);
  });
});

/** Mean and variance of a normal variable given others, by Gaussian elimination. */
function conditional(matrix: number[][], cross: number[], targets: number[], own: number) {
  const solve = (right: readonly number[]): number[] => {
    const rows = matrix.map((row, i) => [...row, right[i] as number]);
    for (let k = 0; k < rows.length; k++) {
      const pivot = rows[k] as number[];
      for (const [i, row] of rows.entries()) {
        if (i === k) continue;
        const factor = (row[k] as number) / (pivot[k] as number);
        for (let j = k; j < row.length; j++) row[j] = (row[j] as number) - factor * (pivot[j] as number);
      }
    }
    return rows.map((row, i) => (row.at(-1) as number) / (row[i] as number));
  };
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  return { mean: dot(cross, solve(targets)), variance: own - dot(cross, solve(cross)) };
}
