import { ExplainError } from "../errors.js";
import { byteAt } from "../util/elements.js";
import type { Coalition, Game } from "./types.js";

/**
 * The game among unions of players: a union is in or out as one.
 * @param unions players of each union; together they hold every player once
 */
export function mergeGame(game: Game, unions: readonly (readonly number[])[]): Game {
  const union = new Int32Array(game.players).fill(-1);
  for (const [at, players] of unions.entries()) {
    for (const player of players) {
      if (union[player] !== -1) throw new ExplainError(`player ${player} is in two unions, or not in the game`);
      union[player] = at;
    }
  }
  const lost = union.indexOf(-1);
  if (lost >= 0) throw new ExplainError(`player ${lost} is in no union`);
  const expand = (coalition: Coalition): Coalition => Uint8Array.from(union, (at) => byteAt(coalition, at));
  return {
    players: unions.length,
    evaluate: (coalitions, run) => game.evaluate(coalitions.map(expand), run),
    outputs() {
      const outputs = game.outputs?.() ?? null;
      return outputs && { ...outputs, slotsOf: (coalitions) => outputs.slotsOf(coalitions.map(expand)) };
    },
  };
}
