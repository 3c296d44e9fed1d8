import { coalitionKeyer, complement } from "../game/coalitions.js";
import type { Coalition } from "../game/types.js";
import type { Rng } from "../random.js";
import { addInt32At, int32At } from "../util/elements.js";
import type { SizeClass } from "./size_classes.js";

/**
 * `count` distinct pairs of a size class, each given by its smaller side (where both sides are equally large, by the one that
 * holds player 0), drawn uniformly without replacement and in random order: every prefix is such a sample too.
 */
export function drawPairs(n: number, { size, pairs, rowsPerPair }: SizeClass, count: number, rng: Rng): readonly Coalition[] {
  // Rejection needs at most two tries a pair while no more than half are taken.
  if (2 * count > pairs) return shufflePrefix(enumeratePairs(n, size, rowsPerPair === 2), count, rng);
  const keyOf = coalitionKeyer(n);
  const seen = new Set<string>();
  const drawn: Coalition[] = [];
  while (drawn.length < count) {
    const side = canonicalSide(randomSubset(n, size, rng), rowsPerPair);
    const key = keyOf(side);
    if (seen.has(key)) continue;
    seen.add(key);
    drawn.push(side);
  }
  return drawn;
}

/** The side that stands for a pair: the smaller one, of two equal sides the one with player 0. */
export function canonicalSide(side: Coalition, rowsPerPair: SizeClass["rowsPerPair"]): Coalition {
  return rowsPerPair === 2 && side[0] === 0 ? complement(side) : side;
}

/** A uniform subset of `size` out of n players (Floyd's algorithm: `size` draws, no rejection). */
export function randomSubset(n: number, size: number, rng: Rng): Coalition {
  const subset = new Uint8Array(n);
  for (let j = n - size; j < n; j++) {
    const pick = rng.int(j + 1);
    subset[subset[pick] === 1 ? j : pick] = 1;
  }
  return subset;
}

/** Every subset of `size` players in lexicographic order; with `halves`, only those that hold player 0. */
export function enumeratePairs(n: number, size: number, halves: boolean): Coalition[] {
  const members = Int32Array.from({ length: size }, (_, i) => i);
  const all: Coalition[] = [];
  for (;;) {
    const subset = new Uint8Array(n);
    for (const member of members) subset[member] = 1;
    all.push(subset);
    let at = size - 1;
    while (at >= 0 && members[at] === n - size + at) at -= 1;
    // Lexicographic order: once player 0 has left, it never comes back.
    if (at < 0 || (halves && at === 0)) return all;
    addInt32At(members, at, 1);
    for (let i = at + 1; i < size; i++) members[i] = int32At(members, i - 1) + 1;
  }
}

/** The first `count` of a Fisher–Yates shuffle of `items` (shuffled in place). */
export function shufflePrefix<T>(items: T[], count: number, rng: Rng): readonly T[] {
  for (let i = 0; i < count; i++) {
    const j = i + rng.int(items.length - i);
    const kept = items[i] as T;
    items[i] = items[j] as T;
    items[j] = kept;
  }
  return items.slice(0, count);
}
