import { ExplainError } from "../errors.js";
import { sum } from "../util/arrays.js";
import { float64At, itemAt } from "../util/elements.js";

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

/** Pearson's correlation of the ranks. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  return pearson(meanRanks(a), meanRanks(b));
}

/** τ_b = (concordant − discordant) / √((pairs − ties in a)(pairs − ties in b)); Kendall 1945. O(n²). */
export function kendall(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  let agreement = 0;
  let untiedA = 0;
  let untiedB = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const inA = Math.sign((a[i] as number) - (a[j] as number));
      const inB = Math.sign((b[i] as number) - (b[j] as number));
      agreement += inA * inB;
      untiedA += inA * inA;
      untiedB += inB * inB;
    }
  }
  return untiedA === 0 || untiedB === 0 ? null : agreement / Math.sqrt(untiedA * untiedB);
}

function differenceOf(a: Explained, b: Explained, player: number): Difference {
  const left = float64At(a.values, player);
  const right = float64At(b.values, player);
  const errorA = a.stdErrors?.[player];
  const errorB = b.stdErrors?.[player];
  const error = errorA === undefined || errorB === undefined ? 0 : Math.hypot(errorA, errorB);
  return { player, a: left, b: right, difference: right - left, z: error === 0 ? null : (right - left) / error };
}

/** Ranks from 1; equal values share the mean of their places. */
function meanRanks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((i, j) => (values[i] as number) - (values[j] as number));
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[itemAt(order, to)] === values[itemAt(order, from)]) to++;
    for (let place = from; place < to; place++) ranks[itemAt(order, place)] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

function pearson(a: Float64Array, b: Float64Array): number | null {
  const meanA = sum(a) / a.length;
  const meanB = sum(b) / b.length;
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = float64At(a, i) - meanA;
    const y = float64At(b, i) - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? null : Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)));
}
