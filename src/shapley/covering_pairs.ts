import { coalitionKeyer } from "../game/coalitions.js";
import type { Coalition } from "../game/types.js";
import { permutation, type Rng } from "../random.js";
import { int32At } from "../util/elements.js";
import { eachClass, type PairPlan } from "./paired_sample.js";
import type { SizeClass } from "./size_classes.js";
import { canonicalSide, enumeratePairs, randomSubset, shufflePrefix } from "./subsets.js";

/** Pairs after which every player has been on the smaller side of a class once: ⌈n/size⌉ blocks of an order, or one half. */
export const coveringCount = ({ size, rowsPerPair }: SizeClass, n: number): number => (rowsPerPair === 2 ? 1 : Math.ceil(n / size));

/**
 * Distinct pairs of a class, each pair equally likely, in random order after the first `passes` passes. A pass reaches every
 * player: a random order is cut into blocks of `size` players, the last block running over into the order's start. More passes than
 * are needed would do harm: blocks of one order depend on each other, which errors of independent draws do not know. Ends when
 * the class is exhausted. Yields smaller sides (of two equal sides the one with player 0).
 */
export function* coveringPairs(n: number, sizeClass: SizeClass, passes: number, rng: Rng): Generator<Coalition, void, void> {
  const { size, pairs, rowsPerPair } = sizeClass;
  const keyOf = coalitionKeyer(n);
  const seen = new Set<string>();
  const isNew = (side: Coalition): boolean => {
    const before = seen.size;
    return seen.add(keyOf(side)).size > before;
  };
  for (let pass = 0; pass < passes; pass++) {
    const order = permutation(n, rng);
    for (let block = 0; block < coveringCount(sizeClass, n); block++) {
      const subset = new Uint8Array(n);
      for (let at = block * size; at < (block + 1) * size; at++) subset[int32At(order, at % n)] = 1;
      const side = canonicalSide(subset, rowsPerPair);
      if (isNew(side)) yield side;
    }
  }
  // While at most half are taken, every other draw is new on average.
  while (2 * seen.size <= pairs) {
    const side = canonicalSide(randomSubset(n, size, rng), rowsPerPair);
    if (isNew(side)) yield side;
  }
  const rest = enumeratePairs(n, size, rowsPerPair === 2).filter((side) => !seen.has(keyOf(side)));
  yield* shufflePrefix(rest, rest.length, rng);
}

/** `count` pairs of a class, the first of which reach every player. */
export function drawCoveringPairs(n: number, sizeClass: SizeClass, count: number, rng: Rng): readonly Coalition[] {
  return take(coveringPairs(n, sizeClass, 1, rng), count);
}

/** Every size alike, once each (player, size) stratum has been reached. */
export const COVERING_PLAN: PairPlan = { mass: () => 1, least: coveringCount, draw: eachClass(drawCoveringPairs) };

/** The next `count` items of a source that goes on afterwards; fewer where it ends. */
export function take<T>(source: Generator<T, void, void>, count: number): readonly T[] {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = source.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}
