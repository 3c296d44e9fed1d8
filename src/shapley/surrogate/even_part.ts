import { coalitionKeyer, complement } from "../../game/coalitions.js";
import type { Coalition, Played } from "../../game/types.js";
import type { GamePart } from "./game_part.js";

/**
 * The part of a game that pairwise interactions see: e(S) = ½ (v(S) + v(N∖S)). Complements are found wherever they stand: regressions
 * play them side by side, antithetic permutations on the way back. What was played
 * without its complement tells nothing of the even part; repeats count once. Targets are without their mean, which no pair of players sees.
 */
export function evenPart({ empty, full, rounds }: Played<unknown>, players: number): GamePart {
  const keyOf = coalitionKeyer(players);
  const open = new Map<string, readonly [coalition: Coalition, payoff: number]>();
  const done = new Set<string>();
  const rows: Coalition[] = [new Uint8Array(players).fill(1)];
  const sums = [empty + full];
  for (const { coalitions, payoffs } of rounds) {
    for (const [at, coalition] of coalitions.entries()) {
      const key = keyOf(coalition);
      if (done.has(key) || open.has(key)) continue;
      const other = keyOf(complement(coalition));
      const partner = open.get(other);
      if (partner === undefined) open.set(key, [coalition, payoffs[at] as number]);
      else {
        open.delete(other);
        done.add(key).add(other);
        rows.push(partner[0]);
        sums.push(partner[1] + (payoffs[at] as number));
      }
    }
  }
  const mean = sums.reduce((total, one) => total + one, 0) / sums.length;
  const signs = new Int8Array(rows.length * players);
  for (const [row, coalition] of rows.entries()) {
    for (let i = 0; i < players; i++) signs[row * players + i] = 2 * (coalition[i] as number) - 1;
  }
  const targets = Float64Array.from(sums, (one) => (one - mean) / 2);
  return { parity: 1, players, signs, targets, count: rows.length };
}
