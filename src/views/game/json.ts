import type { ValuedGame } from "../../results/valued_game.js";
import { defineFormat, itemByItem } from "../format.js";

/**
 * A game as shapiq (1.4) saves one: its payoffs by the players of each coalition. shapiq finds players by their names, so that
 * equal ones are told apart by their number.
 */
export const json = defineFormat<ValuedGame>()({
  name: "json",
  endings: [".json"],
  open: itemByItem((game) => `${JSON.stringify(documentOf(game), null, 2)}\n`),
});

function documentOf({ name, playerNames, players, empty, coalitions, payoffs }: ValuedGame): object {
  const complete = coalitions.length === 2 ** players;
  return {
    ...{ object_name: "Game", data_type: "game", version: "1.4.1", created_from: "mllm-shap", description: name },
    parameters: {},
    metadata: {
      n_players: players,
      game_name: name,
      normalization_value: empty,
      precompute_flag: true,
      precomputed: complete,
      player_names: playerNames === null ? null : apart(playerNames),
    },
    data: Object.fromEntries(coalitions.map((coalition, i) => [keyOf(coalition), payoffs[i]])),
  };
}

/** `0,3,7`, and "Empty" for ∅. */
function keyOf(coalition: Uint8Array): string {
  const members = Array.from(coalition.keys()).filter((player) => coalition[player] === 1);
  return members.length === 0 ? "Empty" : members.join(",");
}

function apart(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.map((name, i) => (counts.get(name) === 1 ? name : `${name} #${i}`));
}
