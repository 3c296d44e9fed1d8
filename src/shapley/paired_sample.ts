import { complement, sizeOf } from "../game/coalitions.js";
import type { Coalition, Payoffs, Played, Round } from "../game/types.js";
import type { Rng } from "../random.js";
import { sum } from "../util/arrays.js";
import { float64At, int32At, itemAt } from "../util/elements.js";
import { allocate, roundSystematically, type SizeClass, sizeClasses } from "./size_classes.js";

/** Coalitions stand in pairs: the smaller side, then its complement. */
export interface PairedDesign {
  /** Expected pairs of each size class (size k + 1 at position k) among all rounds up to and including this one. */
  readonly expected: Float64Array;
}

/** How a paired sampler spreads its budget over sizes and draws within one. */
export interface PairPlan {
  /** How many rows of size s are wanted, up to a constant; symmetric in s and n − s. */
  readonly mass: (size: number, n: number) => number;
  /** Pairs that a class needs before others get more than their share; 0 where nothing is owed. */
  readonly least?: (sizeClass: SizeClass, n: number) => number;
  readonly draw: DrawPairs;
}

/**
 * Draws distinct pairs of all classes, every pair of a class equally likely, as many of each class as expected but for rounding.
 * @returns the sides of every round
 */
export type DrawPairs = (wanted: Wanted, rng: Rng) => readonly (readonly Coalition[])[];

/** What pairs are drawn for. */
export interface Wanted {
  readonly n: number;
  readonly classes: readonly SizeClass[];
  /** How many of each class are wanted, up to a constant; symmetric in s and n − s. */
  readonly weights: readonly number[];
  /** Totals at the ends of rounds, and what of each class is expected by then. */
  readonly looks: readonly { readonly pairs: number; readonly expected: Float64Array }[];
}

/**
 * Every class by itself, its expected number rounded at random.
 * @param draw `count` distinct pairs of one class, every pair equally likely, every prefix as good as the whole.
 */
export function eachClass(draw: (n: number, sizeClass: SizeClass, count: number, rng: Rng) => readonly Coalition[]): DrawPairs {
  return ({ n, classes, looks }, rng) => {
    const start = rng.float();
    const counts = looks.map(({ pairs, expected }) => roundSystematically(expected, pairs, start));
    // Rounding may give a class one pair fewer at a larger total; a prefix can only grow.
    for (let at = looks.length - 2; at >= 0; at--) {
      const later = itemAt(counts, at + 1);
      counts[at] = itemAt(counts, at).map((count, k) => Math.min(count, int32At(later, k)));
    }
    const final = counts.at(-1) ?? new Int32Array(classes.length);
    const drawn = classes.map((sizeClass, k) => draw(n, sizeClass, int32At(final, k), rng.fork(`size ${sizeClass.size}`)));
    let done = new Int32Array(classes.length);
    return counts.map((round) => {
      const sides = drawn.flatMap((pairs, k) => pairs.slice(done[k], round[k]));
      done = Int32Array.from(round);
      return sides;
    });
  };
}

/** The first look at a tolerance comes at this many pairs a player; then at every 1.5 times as many. */
const FIRST_LOOK = 2;

/**
 * A paired sample without replacement, stratified by size: Σ_s min(C(n,s), c·mass(s)) = m − 2 rows. Rounds are prefixes of
 * one sample: each is the sample that a smaller budget would have bought.
 */
export function* samplePairs(n: number, budget: number, plan: PairPlan, rng: Rng): Generator<Round<PairedDesign>, void, Float64Array> {
  const classes = sizeClasses(n);
  const total = pairsAffordable(classes, budget);
  const weights = classes.map(({ size, rowsPerPair }) => plan.mass(size, n) / rowsPerPair);
  const looks = lookTotals(n, total).map((pairs) => ({ pairs, expected: expectedPairs(classes, n, pairs, weights, plan.least) }));
  for (const [round, sides] of plan.draw({ n, classes, weights, looks }, rng).entries()) {
    yield { coalitions: withComplements(sides), design: { expected: itemAt(looks, round).expected } };
  }
}

/** Pairs that a budget pays for besides ∅ and N; never more than there are. */
export function pairsAffordable(classes: readonly SizeClass[], budget: number): number {
  const capacity = classes.reduce((sum, { pairs }) => sum + pairs, 0);
  return Math.min(Math.floor((budget - 2) / 2), capacity);
}

/** Each side followed by its complement. */
export const withComplements = (sides: readonly Coalition[]): readonly Coalition[] => sides.flatMap((side) => [side, complement(side)]);

/** Expected pairs of each class; where not even what is owed can be paid, nobody gets more than that. */
function expectedPairs(
  classes: readonly SizeClass[],
  n: number,
  total: number,
  weights: readonly number[],
  least: PairPlan["least"],
): Float64Array {
  const all = classes.map(({ pairs }) => pairs);
  const owed = classes.map((sizeClass) => Math.min(least?.(sizeClass, n) ?? 0, sizeClass.pairs));
  const short = sum(owed) > total;
  const bounds = short ? { lower: all.map(() => 0), upper: owed } : { lower: owed, upper: all };
  return allocate(total, weights, bounds);
}

/** Numbers of pairs at the ends of rounds; the last is `total`. */
function lookTotals(n: number, total: number): readonly number[] {
  const totals: number[] = [];
  for (let look = FIRST_LOOK * n; look < total; look = Math.ceil(1.5 * look)) totals.push(look);
  return total > 0 ? [...totals, total] : [];
}

/** One evaluated pair. */
export interface Pair {
  /** The smaller side S; of two equal sides the one with player 0. */
  readonly side: Coalition;
  readonly size: number;
  /** v(S) − v(N∖S) */
  readonly difference: number;
  /** v(S) + v(N∖S) */
  readonly sum: number;
}

/** v(S) − v(N∖S) of every pair, in the order drawn. */
export function differencesOf({ rounds }: Payoffs): Float64Array {
  const differences = new Float64Array(rounds.reduce((sum, { payoffs }) => sum + payoffs.length / 2, 0));
  let pair = 0;
  for (const { payoffs } of rounds) {
    for (let at = 0; at < payoffs.length; at += 2) differences[pair++] = float64At(payoffs, at) - float64At(payoffs, at + 1);
  }
  return differences;
}

/** The pairs of all rounds, in the order drawn. */
export function pairsOf(played: Played<unknown>): readonly Pair[] {
  return played.rounds.flatMap(({ coalitions, payoffs }) =>
    Array.from({ length: coalitions.length / 2 }, (_, at) => {
      const side = coalitions[2 * at] as Coalition;
      const [inside, outside] = [float64At(payoffs, 2 * at), float64At(payoffs, 2 * at + 1)];
      return { side, size: sizeOf(side), difference: inside - outside, sum: inside + outside };
    }),
  );
}
