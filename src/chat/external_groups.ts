import { ConnectorError } from "../errors.js";
import { byteAt, int32At } from "../util/elements.js";

/**
 * Players made of several tokens. Ids are any positive integers, in any order, with or without gaps between a group's
 * tokens; 0 = no player. Players are numbered by ascending id.
 */
export interface TokenGroups {
  /** One a token. */
  readonly ids: Int32Array;
  /** Distinct positive ids, ascending. */
  readonly players: Int32Array;
  /** First token of each player. */
  readonly firstPositions: Int32Array;
  /** Player of each token, −1 = none. */
  readonly playerOf: Int32Array;
}

/** @throws ConnectorError on negative or fractional ids, or on a wrong size. */
export function tokenGroups(ids: ArrayLike<number>, tokens: number): TokenGroups {
  if (ids.length !== tokens) {
    throw new ConnectorError(`External group IDs size does not match the number of tokens in the chat: ${ids.length} for ${tokens}`);
  }
  const bad = Array.from(ids).findIndex((id) => !Number.isInteger(id) || id < 0);
  if (bad >= 0) throw new ConnectorError(`group id ${ids[bad]} of token ${bad}: valid are integers from 0 (no player)`);
  const copy = Int32Array.from(ids);
  const players = Int32Array.from(new Set(copy.filter((id) => id > 0))).sort();
  const rank = new Map(Array.from(players, (id, player) => [id, player]));
  const playerOf = copy.map((id) => rank.get(id) ?? -1);
  const firstPositions = players.map((_, player) => playerOf.indexOf(player));
  return { ids: copy, players, firstPositions, playerOf };
}

/** A mask in which a group's first token decides for the whole group; tokens of no group keep their bit. Nothing is modified. */
export function expandGroups(mask: Uint8Array, groups: TokenGroups): Uint8Array {
  return mask.map((bit, i) => {
    const player = int32At(groups.playerOf, i);
    return player < 0 ? bit : byteAt(mask, int32At(groups.firstPositions, player));
  });
}
