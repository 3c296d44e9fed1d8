import { coalitionKeyer, complement } from "../game/coalitions.js";
import { drawContiguousOrder } from "../game/tree.js";
import type { Coalition, PlayerTree } from "../game/types.js";
import type { Rng } from "../random.js";

/** Draws a new pair may take; where nearly all there are were drawn, the rest is not waited for. */
const ATTEMPTS = 50;

/**
 * Distinct coalitions of those that Owen's value sees, each standing for itself and its complement: prefixes of contiguous orders, each of an
 * order and a length of its own. The complement of a prefix is a prefix of the reversed order.
 * @returns `count` sides, fewer where hardly any are left
 */
export function drawUnionPairs(tree: PlayerTree, n: number, count: number, rng: Rng): readonly Coalition[] {
  const keyOf = coalitionKeyer(n);
  const known = new Set<string>();
  const sides: Coalition[] = [];
  for (let attempt = 0; sides.length < count && attempt < ATTEMPTS; attempt++) {
    const side = drawPrefix(tree, n, rng);
    const key = keyOf(side[0] === 1 ? side : complement(side));
    if (known.has(key)) continue;
    known.add(key);
    sides.push(side);
    attempt = -1;
  }
  return sides;
}

function drawPrefix(tree: PlayerTree, n: number, rng: Rng): Coalition {
  const order = drawContiguousOrder(tree, rng);
  const side = new Uint8Array(n);
  for (const player of order.subarray(0, 1 + Math.floor(rng.float() * (n - 1)))) side[player] = 1;
  return side;
}
