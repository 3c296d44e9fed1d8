import { coalitionKeyer } from "../game/coalitions.js";
import type { Coalition } from "../game/types.js";
import type { Rng } from "../random.js";
import { itemAt } from "../util/elements.js";
import type { SizeClass } from "./size_classes.js";
import { canonicalSide, enumeratePairs, randomSubset, shufflePrefix } from "./subsets.js";

/** Classes of so many pairs are listed; of larger ones pairs are drawn until half of them are taken. */
const LISTED = 4_096;

/** The pairs of one size class that have not been taken. */
export interface PairSource {
  /** Up to `count` of them, each equally likely to be among them and to come first: smaller sides, of two equal sides the one with player 0. */
  candidates(count: number): readonly Coalition[];
  /** Takes one of the candidates that were given last. */
  take(candidates: readonly Coalition[], at: number): Coalition;
}

export function pairSource(n: number, sizeClass: SizeClass, rng: Rng): PairSource {
  const { size, pairs, rowsPerPair } = sizeClass;
  const keyOf = coalitionKeyer(n);
  const taken = new Set<string>();
  let left: Coalition[] | null = null;
  const listed = (): Coalition[] | null => {
    if (left === null && (pairs <= LISTED || 2 * taken.size > pairs)) {
      left = enumeratePairs(n, size, rowsPerPair === 2).filter((side) => !taken.has(keyOf(side)));
    }
    return left;
  };
  const drawn = (count: number): readonly Coalition[] => {
    const found = new Map<string, Coalition>();
    // Most draws are new: fewer than half of the pairs are taken, and candidates are few beside them.
    while (found.size < count) {
      const side = canonicalSide(randomSubset(n, size, rng), rowsPerPair);
      const key = keyOf(side);
      if (!taken.has(key)) found.set(key, side);
    }
    return [...found.values()];
  };
  return {
    candidates(count) {
      const list = listed();
      return list === null ? drawn(count) : shufflePrefix(list, Math.min(count, list.length), rng);
    },
    take(candidates, at) {
      const side = itemAt(candidates, at);
      const last = left?.pop();
      // The candidates of a list are its beginning.
      if (left === null) taken.add(keyOf(side));
      else if (last !== undefined && at < left.length) left[at] = last;
      return side;
    },
  };
}
