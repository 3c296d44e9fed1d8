import type { Coalition } from "../game/types.js";

/** Coalitions of a game and what each is worth. */
export interface ValuedGame {
  readonly name: string;
  /** One a player; null where their texts are left out. */
  readonly playerNames: readonly string[] | null;
  readonly players: number;
  /** v(∅) */
  readonly empty: number;
  /** Different ones; those that were never asked for are not among them. */
  readonly coalitions: readonly Coalition[];
  /** One a coalition. */
  readonly payoffs: Float64Array;
}
