import type { Payoffs, Played } from "../../game/types.js";
import type { GamePart } from "./game_part.js";

/**
 * The part of a game that Shapley values see: o(S) = ½ (v(S) − v(N∖S)). What is left, ½ (v(S) + v(N∖S)), is worth nothing to every
 * player.
 * @param played rounds of coalitions, each followed by its complement.
 */
export function oddPart(played: Played<unknown>, players: number): GamePart {
  const count = 1 + played.rounds.reduce((sum, { coalitions }) => sum + coalitions.length / 2, 0);
  const signs = new Int8Array(count * players).fill(1, 0, players);
  let row = 1;
  for (const { coalitions } of played.rounds) {
    for (let at = 0; at < coalitions.length; at += 2, row++) {
      for (let i = 0; i < players; i++) signs[row * players + i] = 2 * (coalitions[at]?.[i] as number) - 1;
    }
  }
  return { parity: -1, players, signs, targets: oddTargets(played), count };
}

/** o of every row: of N, then of the first of each pair. */
export function oddTargets({ empty, full, rounds }: Payoffs): Float64Array {
  const targets = new Float64Array(1 + rounds.reduce((sum, { payoffs }) => sum + payoffs.length / 2, 0));
  targets[0] = (full - empty) / 2;
  let row = 1;
  for (const { payoffs } of rounds) {
    for (let at = 0; at < payoffs.length; at += 2) targets[row++] = ((payoffs[at] as number) - (payoffs[at + 1] as number)) / 2;
  }
  return targets;
}
