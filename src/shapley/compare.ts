import { ExplainError } from "../errors.js";
import { kendall, spearman } from "../math/ranks.js";
import { float64At } from "../util/elements.js";

/** How alike two explanations of the same players are. */
export interface Comparison {
  /** Rank correlation, ties at their mean rank; null where either explanation ranks all players alike. */
  readonly spearman: number | null;
  /** Kendall's τ_b; null as above. */
  readonly kendall: number | null;
  /** Share of players whose values have one sign (−, 0, +) in both. */
  readonly signAgreement: number;
  /** In payoff units. */
  readonly meanAbsoluteDifference: number;
  /** Every player, the largest difference first, equal ones in the players' order. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly player: number;
  readonly a: number;
  readonly b: number;
  /** b − a */
  readonly difference: number;
  /** Standard errors of the difference, taken as independent; null where either has none, or both are zero. */
  readonly z: number | null;
}

/** Values of one explanation, one a player, and their standard errors where they are known. */
export interface Explained {
  readonly values: Float64Array;
  readonly stdErrors: Float64Array | null;
}

/** @throws ExplainError where they do not explain the same number of players, or none. */
export function compare(a: Explained, b: Explained): Comparison {
  const n = a.values.length;
  if (n !== b.values.length || n === 0) {
    throw new ExplainError(`explanations of ${n} and ${b.values.length} players cannot be compared: they must explain the same players`);
  }
  const differences = Array.from({ length: n }, (_, player) => differenceOf(a, b, player));
  return {
    spearman: spearman(a.values, b.values),
    kendall: kendall(a.values, b.values),
    signAgreement: differences.filter((one) => Math.sign(one.a) === Math.sign(one.b)).length / n,
    meanAbsoluteDifference: differences.reduce((sum, one) => sum + Math.abs(one.difference), 0) / n,
    differences: differences.sort((x, y) => Math.abs(y.difference) - Math.abs(x.difference)),
  };
}

function differenceOf(a: Explained, b: Explained, player: number): Difference {
  const left = float64At(a.values, player);
  const right = float64At(b.values, player);
  const errorA = a.stdErrors?.[player];
  const errorB = b.stdErrors?.[player];
  const error = errorA === undefined || errorB === undefined ? 0 : Math.hypot(errorA, errorB);
  return { player, a: left, b: right, difference: right - left, z: error === 0 ? null : (right - left) / error };
}
