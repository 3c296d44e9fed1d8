import { readFileSync } from "node:fs";
import { complement } from "../../src/game/coalitions.js";
import type { Coalition, Played } from "../../src/game/types.js";
import { inRepository } from "../shared/root.js";

/** Pairs of complements in random order, with their payoffs: of a game that is too long to be played in full. */
export interface LongGame {
  readonly players: number;
  readonly texts: readonly string[];
  /** What the model answered. */
  readonly answer: string;
  readonly empty: number;
  readonly full: number;
  readonly sides: readonly Coalition[];
  /** v(S), v(N∖S) of each pair. */
  readonly payoffs: readonly (readonly [number, number])[];
}

/** What scripts/record-long-game.mjs wrote. */
interface Recording {
  readonly players: readonly { readonly text: string }[];
  readonly answer: string;
  readonly pairs: number;
  /** base64 of bits */
  readonly sides: string;
  /** base64 of float32, little-endian: ∅, N, then both of each pair */
  readonly payoffs: string;
}

export function loadLongGame(name: string): LongGame {
  const { players, pairs, ...recording } = JSON.parse(readFileSync(inRepository(`fixtures/games/long/${name}.json`), "utf8")) as Recording;
  const n = players.length;
  const bits = Buffer.from(recording.sides, "base64");
  const numbers = Buffer.from(recording.payoffs, "base64");
  const payoff = (at: number): number => numbers.readFloatLE(4 * at);
  const bytes = Math.ceil(n / 8);
  const side = (row: number) => Uint8Array.from({ length: n }, (_, i) => ((bits[row * bytes + (i >> 3)] as number) >> (i & 7)) & 1);
  return {
    players: n,
    texts: players.map(({ text }) => text),
    answer: recording.answer,
    empty: payoff(0),
    full: payoff(1),
    sides: Array.from({ length: pairs }, (_, row) => side(row)),
    payoffs: Array.from({ length: pairs }, (_, row) => [payoff(2 + 2 * row), payoff(3 + 2 * row)] as const),
  };
}

/** Some pairs of the record, as if nothing else had been played. */
export function playedOf({ empty, full, sides, payoffs }: LongGame, from: number, to: number): Played<null> {
  const coalitions = sides.slice(from, to).flatMap((side) => [side, complement(side)]);
  return { empty, full, rounds: [{ coalitions, payoffs: Float64Array.from(payoffs.slice(from, to).flat()), design: null }] };
}
