import type { Coalition } from "../../src/game/types.js";
import { binomial } from "../../src/math/combinatorics.js";

export interface TreeOptions {
  readonly trees: number;
  readonly depth: number;
  /** What a tree adds of its leaves' means. */
  readonly rate: number;
}

export interface Boosted {
  /** Exact Shapley values of the trees, one a player. */
  readonly values: Float64Array;
  /** What the trees leave unexplained, one a coalition. */
  readonly residuals: Float64Array;
}

/**
 * Gradient boosting of regression trees on coalitions: squared loss, exact greedy splits. What other tools take as a surrogate. A leaf of value c
 * whose path wants players P in and players A out is a game of its own: c / (|P| C(|P|+|A|, |P|)) to each of P, −c / (|A| C(|P|+|A|, |A|)) to each of A.
 */
export function boostTrees(coalitions: readonly Coalition[], payoffs: readonly number[], n: number, options: TreeOptions): Boosted {
  const mean = payoffs.reduce((sum, payoff) => sum + payoff, 0) / payoffs.length;
  const state: Boosted = { values: new Float64Array(n), residuals: Float64Array.from(payoffs, (payoff) => payoff - mean) };
  for (let tree = 0; tree < options.trees; tree++) grow(coalitions, state, options.rate, [...coalitions.keys()], options.depth, [], []);
  return state;
}

type Players = readonly number[];

function grow(
  coalitions: readonly Coalition[],
  state: Boosted,
  rate: number,
  rows: readonly number[],
  left: number,
  present: Players,
  absent: Players,
): void {
  const player = left > 0 ? bestSplit(coalitions, state, rows) : null;
  if (player === null) {
    addLeaf(state, rate, rows, present, absent);
    return;
  }
  const having = (wanted: number) => rows.filter((row) => coalitions[row]?.[player] === wanted);
  grow(coalitions, state, rate, having(1), left - 1, [...present, player], absent);
  grow(coalitions, state, rate, having(0), left - 1, present, [...absent, player]);
}

const score = (sum: number, count: number): number => (sum * sum) / (count + 1);

/** The player whose presence explains most; null where none explains anything. */
function bestSplit(coalitions: readonly Coalition[], { values, residuals }: Boosted, rows: readonly number[]): number | null {
  const n = values.length;
  const sums = new Float64Array(n);
  const counts = new Float64Array(n);
  let total = 0;
  for (const row of rows) {
    const residual = residuals[row] as number;
    total += residual;
    for (let i = 0; i < n; i++) {
      const member = coalitions[row]?.[i] as number;
      sums[i] = (sums[i] as number) + member * residual;
      counts[i] = (counts[i] as number) + member;
    }
  }
  let best: number | null = null;
  let most = 1e-12;
  for (let i = 0; i < n; i++) {
    const [sum, count] = [sums[i] as number, counts[i] as number];
    if (count === 0 || count === rows.length) continue;
    const gain = score(sum, count) + score(total - sum, rows.length - count) - score(total, rows.length);
    if (gain > most) [best, most] = [i, gain];
  }
  return best;
}

function addLeaf({ values, residuals }: Boosted, rate: number, rows: readonly number[], present: Players, absent: Players): void {
  const worth = (rate * rows.reduce((sum, row) => sum + (residuals[row] as number), 0)) / (rows.length + 1);
  for (const row of rows) residuals[row] = (residuals[row] as number) - worth;
  const [p, a] = [present.length, absent.length];
  for (const i of present) values[i] = (values[i] as number) + worth / (p * binomial(p + a, p));
  for (const i of absent) values[i] = (values[i] as number) - worth / (a * binomial(p + a, a));
}
