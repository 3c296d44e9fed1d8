import { ConnectorError } from "../errors.js";
import { int32At } from "../util/elements.js";
import { Role } from "./enums.js";
import type { TokenTable } from "./token_table.js";

/** What must be known of a chat to turn coalitions into kept tokens; found once a chat. */
export interface PlayerCut {
  readonly players: number;
  /** Player of each token, −1 = none. */
  readonly playerOf: Int32Array;
  readonly turns: Int32Array;
  readonly template: Uint8Array;
  /** Content tokens of each turn, by turn number. */
  readonly contentOfTurn: Int32Array;
  /** Tokens before the first player's first token. */
  readonly sharedPrefix: number;
  /** 1 = the turn goes with its template where no content is left, by turn number. */
  readonly vanishes: Uint8Array;
}

/**
 * @param playerOf player of each token, −1 = none.
 * @param speakers role of each turn's speaker, turn 1 first.
 * @param canVanish whether a turn's template may be left out at all.
 */
export function cutIntoPlayers(
  table: TokenTable,
  playerOf: Int32Array,
  speakers: readonly Role[],
  canVanish: (turn: number) => boolean,
): PlayerCut {
  const contentOfTurn = new Int32Array(speakers.length + 1);
  table.turns.forEach((turn, i) => {
    if (table.template[i] === 0) contentOfTurn[turn] = int32At(contentOfTurn, turn) + 1;
  });
  const lastUser = speakers.lastIndexOf(Role.USER) + 1;
  const vanishes = contentOfTurn.map((content, turn) => (turn > 0 && turn !== lastUser && content > 0 && canVanish(turn) ? 1 : 0));
  const players = playerOf.reduce((most, player) => Math.max(most, player + 1), 0);
  return {
    players,
    playerOf,
    sharedPrefix: Math.max(
      0,
      playerOf.findIndex((player) => player >= 0),
    ),
    turns: table.turns,
    template: table.template,
    contentOfTurn,
    vanishes: Uint8Array.from(vanishes),
  };
}

/**
 * Positions of the tokens that a coalition keeps: those of its players and all that belong to no player, less the template
 * of turns whose content is all gone.
 * @param standsIn something else stands in for this token where it is left out, so that it stays in its turn. @default none
 * @throws ConnectorError where the coalition's length is not the number of players.
 */
export function tokensOfCoalition(cut: PlayerCut, coalition: Uint8Array, standsIn: (token: number) => boolean = () => false): Int32Array {
  if (coalition.length !== cut.players) {
    throw new ConnectorError(`a coalition of ${coalition.length} does not fit a chat of ${cut.players} players`);
  }
  const { playerOf, turns, template } = cut;
  const contentLeft = new Int32Array(cut.contentOfTurn.length);
  const kept = new Uint8Array(playerOf.length);
  for (let i = 0; i < kept.length; i++) {
    const player = int32At(playerOf, i);
    if (player >= 0 && coalition[player] === 0 && !standsIn(i)) continue;
    kept[i] = 1;
    if (template[i] === 0) contentLeft[int32At(turns, i)] = int32At(contentLeft, int32At(turns, i)) + 1;
  }
  const positions = new Int32Array(kept.length);
  let count = 0;
  for (let i = 0; i < kept.length; i++) {
    const turn = int32At(turns, i);
    const emptied = contentLeft[turn] === 0 && cut.vanishes[turn] === 1;
    // A template token that is a player itself (SystemRolesSetup.NONE) is the coalition's to keep or drop.
    if (kept[i] === 1 && !(emptied && int32At(playerOf, i) < 0)) positions[count++] = i;
  }
  return positions.slice(0, count);
}
