import { describe, expect, it } from "vitest";
import { type Pair, pairsOf } from "../../src/shapley/paired_sample.js";
import { METHODS } from "../../src/shapley/registry.js";
import { cellVariance, strataEstimate, strataOf } from "../../src/shapley/strata.js";
import { includedMinusExcluded, leaveOneOut } from "../../src/shapley/uniform_sample.js";
import { coalitionOf, describeGolden, type GoldenCase, loadGolden, numberOf } from "../support/golden.js";

const vectors = loadGolden("monte_carlo");
const named = (prefix: string) => vectors.filter(({ id }) => id.startsWith(`monte_carlo/${prefix}`));

/** Rows of a vector, complements adjacent, as pairs. */
function pairsFrom(masks: readonly string[], payoffs: readonly number[]): readonly Pair[] {
  const coalitions = masks.map(coalitionOf);
  return pairsOf({ empty: 0, full: 0, rounds: [{ coalitions, payoffs: Float64Array.from(payoffs), design: null }] });
}

/** All pairs of a vector; the reference's complementary family puts the row of all ones first. */
function allPairs({ input }: GoldenCase): readonly Pair[] {
  if (input.stage1_masks !== undefined) {
    return [...pairsFrom(input.stage1_masks, input.stage1_payoffs), ...pairsFrom(input.stage2_masks, input.stage2_payoffs)];
  }
  return pairsFrom(input.masks.slice(1), input.payoffs.slice(1));
}

/** Our table beside the reference's, sizes 1 … n−1: M counts, C sums. The outer sizes are known exactly here. */
function expectStrata(pairs: readonly Pair[], n: number, expected: { M: number[][]; C: number[][]; C_squared?: number[][] }): void {
  const strata = strataOf(pairs, n);
  for (let i = 0; i < n; i++) {
    for (let s = 1; s < n; s++) {
      const cell = i * (n + 1) + s;
      const [count, mean] = [strata.counts[cell] as number, strata.means[cell] as number];
      expect(count).toBe(expected.M[i]?.[s]);
      expect(count * mean).toBeCloseTo(expected.C[i]?.[s] as number, 6);
      if (expected.C_squared !== undefined) {
        const squares = cellVariance(strata, cell) * Math.max(0, count - 1) + count * mean * mean;
        expect(squares).toBeCloseTo(expected.C_squared[i]?.[s] as number, 6);
      }
    }
  }
}

function estimateOf(vector: GoldenCase): Float64Array {
  const { n } = vector.input;
  return strataEstimate(strataOf(allPairs(vector), n), gapOf(vector), n, 0.95).values;
}

function gapOf({ expected }: GoldenCase): number {
  return expected.v_full_minus_v_empty ?? expected.shapley_exact.reduce((a: number, b: number) => a + b, 0);
}

const closeTo = (values: ArrayLike<number>, expected: readonly unknown[]) => {
  expected.forEach((value, i) => {
    expect(Math.abs((values[i] as number) - numberOf(value))).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(numberOf(value))));
  });
};

describe("strata", () => {
  it.each(named("comp_").filter(({ expected }) => expected.M !== undefined))("$id: counts and sums are the reference's", (vector) => {
    expectStrata(allPairs(vector), vector.input.n, vector.expected);
  });

  it.each(named("neyman_"))("$id: counts, sums and squares of both stages are the reference's", (vector) => {
    const { n, stage1_masks, stage1_payoffs } = vector.input;
    expectStrata(pairsFrom(stage1_masks, stage1_payoffs), n, vector.expected.stage1);
    expectStrata(allPairs(vector), n, vector.expected.final);
  });

  it.each(named("comp_exhaustive_"))("$id: all pairs give the Shapley values", (vector) => {
    closeTo(estimateOf(vector), vector.expected.shapley_exact);
  });
});

const MISSING_STRATUM = "S7: the reference never plays (N, ∅) and takes the stratum of size n for 0";
const EMPTY_STRATA = "S9: the reference counts strata without coalitions as 0";

describeGolden({
  file: "monte_carlo",
  notApplicable({ id }) {
    if (id.startsWith("monte_carlo/comp_error_")) return "pairs are adjacent by construction, nobody hands in loose masks";
    if (/^monte_carlo\/budget_(Limited|Standard|neyman_initial)/.test(id)) {
      return "num_samples and fraction of the reference's classes; budgets here are distinct coalitions, ∅ and N included";
    }
    if (id === "monte_carlo/approximate_budget_open") return "S16: a Hoeffding bound for another estimator; errors here are measured";
    return undefined;
  },
  defect({ id, expected }) {
    if (id === "monte_carlo/mc_feature_never_excluded") return "S4: 0/0 there; refused here, and never drawn";
    if (id === "monte_carlo/minimal_splits_n1") return "∅ stands twice there, as itself and as the only leave-one-out row";
    if (id === "monte_carlo/comp_with_full_empty_pair" || id.startsWith("monte_carlo/comp_error_")) return undefined;
    if (id.startsWith("monte_carlo/comp_")) return MISSING_STRATUM;
    if (id.startsWith("monte_carlo/neyman_")) {
      const empty = expected.final.M.some((row: number[]) => row.slice(1).includes(0));
      return empty ? EMPTY_STRATA : undefined;
    }
    return undefined;
  },
  matches(vector) {
    const { id, input, expected } = vector;
    if (id.startsWith("monte_carlo/minimal_splits_")) {
      const rows = [new Uint8Array(input.n), ...leaveOneOut(input.n)].map((row) => row.join(""));
      expect([...new Set(rows)]).toEqual(expected);
    } else if (id === "monte_carlo/budget_precise") {
      expect(input.n.map((n: number) => METHODS.exact.minBudget(n) - 1)).toEqual(expected);
    } else if (id.startsWith("monte_carlo/mc_")) {
      closeTo(includedMinusExcluded(input.masks.map(coalitionOf), input.payoffs, input.n), expected.estimate);
    } else {
      closeTo(estimateOf(vector), expected.estimate ?? expected.final.estimate);
    }
  },
});
