import type { Coalition, Played, Round } from "../game/types.js";
import type { Rng } from "../random.js";
import { complement, sizeOf } from "./coalitions.js";
import { allocate, roundSystematically, sizeClasses } from "./size_classes.js";
import { drawPairs } from "./subsets.js";

/** Coalitions stand in pairs: the smaller side, then its complement. */
export interface PairedDesign {
  /** Expected pairs of each size class (size k + 1 at position k) among all rounds up to and including this one. */
  readonly expected: Float64Array;
}

/** How many rows of size s a sampler wants, up to a constant; symmetric in s and n − s. */
export type SizeMass = (size: number, n: number) => number;

/** The first look at a tolerance comes at this many pairs a player; then at every 1.5 times as many. */
const FIRST_LOOK = 2;

/**
 * A paired sample without replacement, stratified by size: Σ_s min(C(n,s), c·mass(s)) = m − 2 rows, every pair of a class
 * equally likely. Rounds are prefixes of one sample: each is the sample that a smaller budget would have bought.
 */
export function* samplePairs(n: number, budget: number, mass: SizeMass, rng: Rng): Generator<Round<PairedDesign>, void, Float64Array> {
  const classes = sizeClasses(n);
  const upper = classes.map(({ pairs }) => pairs);
  const wanted = classes.map(({ size, rowsPerPair }) => mass(size, n) / rowsPerPair);
  const capacity = upper.reduce((sum, pairs) => sum + pairs, 0);
  const total = Math.min(Math.floor((budget - 2) / 2), capacity);
  const start = rng.float();
  const looks = lookTotals(n, total).map((pairs) => {
    const expected = allocate(pairs, wanted, { lower: upper.map(() => 0), upper });
    return { expected, counts: roundSystematically(expected, pairs, start) };
  });
  // Rounding may give a class one pair fewer at a larger total; a prefix can only grow.
  for (let at = looks.length - 2; at >= 0; at--) {
    const later = looks[at + 1]?.counts as Int32Array;
    looks[at]?.counts.forEach((count, k, counts) => {
      counts[k] = Math.min(count, later[k] as number);
    });
  }
  const final = looks.at(-1)?.counts ?? new Int32Array(0);
  const drawn = classes.map((sizeClass, k) => drawPairs(n, sizeClass, final[k] as number, rng.fork(`size ${sizeClass.size}`)));
  let done: Int32Array = new Int32Array(classes.length);
  for (const { expected, counts } of looks) {
    const sides = drawn.flatMap((pairs, k) => pairs.slice(done[k], counts[k]));
    yield { coalitions: sides.flatMap((side) => [side, complement(side)]), design: { expected } };
    done = counts;
  }
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

/** The pairs of all rounds, in the order drawn. */
export function pairsOf(played: Played<unknown>): readonly Pair[] {
  return played.rounds.flatMap(({ coalitions, payoffs }) =>
    Array.from({ length: coalitions.length / 2 }, (_, at) => {
      const side = coalitions[2 * at] as Coalition;
      const [inside, outside] = [payoffs[2 * at] as number, payoffs[2 * at + 1] as number];
      return { side, size: sizeOf(side), difference: inside - outside, sum: inside + outside };
    }),
  );
}
