/**
 * Fewest substitutions, insertions and deletions that make one list of the other (Levenshtein 1966).
 * Time is the product of the lengths, memory one of them.
 */
import { numberAt } from "../util/elements.js";
export function editDistance(from: readonly string[], to: readonly string[]): number {
  const [left, right] = asNumbers(from, to);
  let above = Uint32Array.from({ length: right.length + 1 }, (_, i) => i);
  let row = new Uint32Array(right.length + 1);
  for (let i = 1; i <= left.length; i++) {
    row[0] = i;
    for (let j = 1; j <= right.length; j++) {
      const replaced = numberAt(above, j - 1) + (left[i - 1] === right[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, numberAt(above, j) + 1, numberAt(row, j - 1) + 1);
    }
    [above, row] = [row, above];
  }
  return numberAt(above, right.length);
}

/** Numbers are compared faster than texts. */
function asNumbers(...lists: readonly (readonly string[])[]): readonly [Int32Array, Int32Array] {
  const known = new Map<string, number>();
  const numbered = lists.map((list) =>
    Int32Array.from(list, (item) => {
      const number = known.get(item) ?? known.size;
      known.set(item, number);
      return number;
    }),
  );
  return numbered as unknown as readonly [Int32Array, Int32Array];
}
