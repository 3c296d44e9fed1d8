import { describe, expect, it } from "vitest";
import { flatTree } from "../../../src/game/tree.js";
import type { PlayerTree } from "../../../src/game/types.js";
import { owenValues, planOwen } from "../../../src/shapley/owen_exact.js";
import type { GamePart } from "../../../src/shapley/surrogate/game_part.js";
import { covariance, type Kernel, kernelParts } from "../../../src/shapley/surrogate/kernel.js";
import { likenessOf } from "../../../src/shapley/surrogate/likeness.js";
import { unionValuation } from "../../../src/shapley/surrogate/union_values.js";

const N = 6;
const likeness = likenessOf(["turn", "it", "on", "On", " it", "off"], true);
if (likeness === null) throw new Error("nobody is alike");
const kernel: Kernel = {
  lowest: 1.3,
  interacting: 0.7,
  rough: 0,
  relevance: Float64Array.of(0.1, 0.9, 2, 0.4, 0.03, 1.2),
  common: { likeness, variance: 0.6 },
};

/** One row a pair of complements, N first: the bit patterns that hold player 5. */
const PATTERNS = Array.from({ length: 2 ** (N - 1) }, (_, at) => 2 ** N - 1 - at);
const all: GamePart = {
  parity: -1,
  players: N,
  signs: Int8Array.from(PATTERNS.flatMap((bits) => Array.from({ length: N }, (_, i) => 2 * ((bits >> i) & 1) - 1))),
  targets: new Float64Array(PATTERNS.length),
  count: PATTERNS.length,
};
const full = covariance(kernelParts(all, kernel), kernel, all.count);
const entry = (s: number, t: number) => full[Math.max(s, t) * all.count + Math.min(s, t)] as number;

const union = (...children: PlayerTree[]): PlayerTree => ({ name: "union", children });
const TREES = [union(union(0, union(1, 2)), 3, union(4, 5)), union(union(0, 3), union(union(1, 2), 5, 4)), flatTree(N)];

/** Owen values by their formula, of the odd game that is `values[q]` at pattern q of PATTERNS. */
function formula(tree: PlayerTree, values: ArrayLike<number>): Float64Array {
  const plan = planOwen(tree, N);
  const payoff = (bits: number) => {
    const at = PATTERNS.indexOf(bits);
    return at >= 0 ? (values[at] as number) : -(values[PATTERNS.indexOf(2 ** N - 1 - bits)] as number);
  };
  const bitsOf = (coalition: Uint8Array) => coalition.reduce((bits, inside, i) => bits | (inside << i), 0);
  return owenValues(plan, Float64Array.from([0, 2 ** N - 1, ...plan.coalitions.map(bitsOf)], payoff));
}

describe.each(TREES)("unionValuation %#", (tree) => {
  const { sections, variances } = unionValuation(tree);
  const found = sections(all, kernel);

  it("gives the Owen values of the kernel as a game, its other argument held", () => {
    for (let row = 0; row < all.count; row++) {
      const truth = formula(
        tree,
        PATTERNS.map((_, at) => entry(at, row)),
      );
      // Up to what keeps the matrix factorisable.
      for (let i = 0; i < N; i++) expect(found[row * N + i]).toBeCloseTo(truth[i] as number, 8);
    }
  });

  it("gives the values of those values", () => {
    const found2 = variances(kernel, N);
    for (let i = 0; i < N; i++) {
      const truth = formula(
        tree,
        PATTERNS.map((_, at) => found[at * N + i] as number),
      );
      expect(found2[i]).toBeCloseTo(truth[i] as number, 8);
    }
  });
});
