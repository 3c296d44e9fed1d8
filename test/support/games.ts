import type { Coalition, Game } from "../../src/game/types.js";

/** A game from a plain function of coalitions. */
export function gameOf(players: number, payoff: (coalition: Coalition) => number): Game {
  return { players, evaluate: async (coalitions) => Float64Array.from(coalitions, payoff) };
}

/** A game given by its table: payoff of bit pattern b at position b, bit i = player i. */
export function tableGame(players: number, table: ArrayLike<number>): Game {
  return gameOf(players, (coalition) => table[patternOf(coalition)] as number);
}

export function patternOf(coalition: Coalition): number {
  return coalition.reduce((bits, member, i) => bits + member * 2 ** i, 0);
}

export const members = (coalition: Coalition): number => coalition.reduce((sum, member) => sum + member, 0);

/** The table of a game, for looking values up and for exact answers. */
export async function tableOf(game: Game): Promise<Float64Array> {
  const n = game.players;
  return game.evaluate(
    Array.from({ length: 2 ** n }, (_, bits) => Uint8Array.from({ length: n }, (_, i) => (bits >> i) & 1)),
    {},
  );
}

/** v(S) = Σ_{i∈S} w_i (+ offset): φ = w. */
export const additive = (weights: readonly number[], offset = 0): Game =>
  gameOf(weights.length, (s) => weights.reduce((sum, w, i) => sum + w * (s[i] as number), offset));

/** 1 iff every one of `core` is in. φ = 1/|core| on the core, 0 elsewhere. */
export const unanimity = (players: number, core: readonly number[]): Game =>
  gameOf(players, (s) => (core.every((i) => s[i] === 1) ? 1 : 0));

/** Left gloves × right gloves: v = min(#left, #right). */
export const glove = (players: number, left: readonly number[]): Game =>
  gameOf(players, (s) => {
    const lefts = left.reduce((sum, i) => sum + (s[i] as number), 0);
    return Math.min(lefts, members(s) - lefts);
  });

/** v(S) = the dearest need in S. Littlechild & Owen 1973: φ shares each increment of cost among those who need it. */
export const airport = (costs: readonly number[]): Game =>
  gameOf(costs.length, (s) => costs.reduce((max, cost, i) => (s[i] === 1 ? Math.max(max, cost) : max), 0));
