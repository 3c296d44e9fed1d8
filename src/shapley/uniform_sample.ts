import { ExplainError } from "../errors.js";
import { coalitionKeyer } from "../game/coalitions.js";
import type { Coalition } from "../game/types.js";
import type { Rng } from "../random.js";
import { addAt, float64At, itemAt } from "../util/elements.js";
import { shufflePrefix } from "./subsets.js";

/** N without each player in turn. */
export function leaveOneOut(n: number): readonly Coalition[] {
  return Array.from({ length: n }, (_, i) => {
    const coalition = new Uint8Array(n).fill(1);
    coalition[i] = 0;
    return coalition;
  });
}

/** The leave-one-out coalitions, then distinct uniform ones, neither ∅ nor N. @param rows at most 2^n − 2 */
export function uniformCoalitions(n: number, rows: number, rng: Rng): readonly Coalition[] {
  const keyOf = coalitionKeyer(n);
  const forced = leaveOneOut(n);
  const seen = new Set([new Uint8Array(n), new Uint8Array(n).fill(1), ...forced].map(keyOf));
  const wanted = rows - forced.length;
  if (2 * rows > 2 ** n) {
    const all = Array.from({ length: 2 ** n }, (_, bits) => Uint8Array.from({ length: n }, (_, i) => (bits >> i) & 1));
    const free = all.filter((coalition) => !seen.has(keyOf(coalition)));
    return [...forced, ...shufflePrefix(free, wanted, rng)];
  }
  const drawn: Coalition[] = [...forced];
  while (drawn.length < rows) {
    const coalition = Uint8Array.from({ length: n }, () => rng.int(2));
    const key = keyOf(coalition);
    if (seen.has(key)) continue;
    seen.add(key);
    drawn.push(coalition);
  }
  return drawn;
}

/**
 * mean(payoff | i in) − mean(payoff | i out) for every player, repeated rows counted as often as they stand.
 * @throws ExplainError where a player is in every row or in none.
 */
export function includedMinusExcluded(coalitions: readonly Coalition[], payoffs: readonly number[], n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    const sums = new Float64Array(2);
    const counts = new Float64Array(2);
    for (const [row, coalition] of coalitions.entries()) {
      const inside = coalition[i] as 0 | 1;
      addAt(sums, inside, itemAt(payoffs, row));
      addAt(counts, inside, 1);
    }
    const [without, withPlayer] = [float64At(counts, 0), float64At(counts, 1)];
    if (without === 0 || withPlayer === 0)
      throw new ExplainError(`player ${i} is ${without === 0 ? "in" : "out of"} every coalition: nothing to compare`);
    return float64At(sums, 1) / withPlayer - float64At(sums, 0) / without;
  });
}
