import type { Coalition } from "../game/types.js";
import { permutation, type Rng } from "../random.js";
import { coalitionKeyer, complement } from "./coalitions.js";
import type { SizeClass } from "./size_classes.js";
import { enumeratePairs, shufflePrefix } from "./subsets.js";

/** Pairs after which every player has been on the smaller side of a class once: ⌈n/size⌉ blocks of an order, or one half. */
export const coveringCount = ({ size, rowsPerPair }: SizeClass, n: number): number => (rowsPerPair === 2 ? 1 : Math.ceil(n / size));

/**
 * Distinct pairs of a class, each pair equally likely, that reach every player as early as can be: random orders are cut
 * into blocks of `size` players, the last block running over into the order's start. Ends when the class is exhausted.
 * Yields smaller sides (of two equal sides the one with player 0).
 */
export function* coveringPairs(n: number, sizeClass: SizeClass, rng: Rng): Generator<Coalition, void, void> {
  const { size, pairs, rowsPerPair } = sizeClass;
  const keyOf = coalitionKeyer(n);
  const seen = new Set<string>();
  // While fewer than half are taken, at least every other new block is fresh on average.
  while (2 * seen.size <= pairs && seen.size < pairs) {
    const order = permutation(n, rng);
    for (let block = 0; block < coveringCount(sizeClass, n) && seen.size < pairs; block++) {
      const subset = new Uint8Array(n);
      for (let at = block * size; at < (block + 1) * size; at++) subset[order[at % n] as number] = 1;
      const side = rowsPerPair === 2 && subset[0] === 0 ? complement(subset) : subset;
      const key = keyOf(side);
      if (seen.has(key)) continue;
      seen.add(key);
      yield side;
    }
  }
  if (seen.size === pairs) return;
  const rest = enumeratePairs(n, size, rowsPerPair === 2).filter((side) => !seen.has(keyOf(side)));
  yield* shufflePrefix(rest, rest.length, rng);
}

/** The first `count` of `coveringPairs`. */
export function drawCoveringPairs(n: number, sizeClass: SizeClass, count: number, rng: Rng): readonly Coalition[] {
  return take(coveringPairs(n, sizeClass, rng), count);
}

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
