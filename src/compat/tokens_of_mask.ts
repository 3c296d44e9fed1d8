import { requireMask } from "../chat/arguments.js";
import { ModalityFlag } from "../chat/enums.js";
import { expandGroups, type TokenGroups } from "../chat/external_groups.js";
import { keptPositions } from "../chat/masks.js";
import { isOneOf } from "../chat/sequences.js";
import type { TokenTable } from "../chat/token_table.js";
import { AllTextTokensFilteredOutError, ConnectorError } from "../errors.js";
import { int32At } from "../util/elements.js";

/**
 * Positions of the tokens that a mask keeps: a group's first token decides for its group, and a turn of which exactly an
 * empty turn's sequence is left goes with its template. The mask is not modified.
 * @throws ConnectorError on a wrong size, or where nothing is kept.
 * @throws AllTextTokensFilteredOutError where no text is left.
 */
export function tokensOfMask(
  table: TokenTable,
  mask: Uint8Array,
  groups: TokenGroups | null,
  emptyTurns: readonly Int32Array[],
  canVanish: (turn: number) => boolean,
): Int32Array {
  const fitting = requireMask(mask, table.length, "Mask size does not match the number of tokens in the chat");
  const kept = keptPositions(groups === null ? fitting : expandGroups(fitting, groups));
  if (kept.length === 0) throw new ConnectorError("Mask cannot be all False: at least one token must be kept");
  const left = withoutEmptyTurns(table, kept, emptyTurns, canVanish);
  // A start-of-text mark, which stands before the first turn, is no text.
  if (!left.some((i) => table.modality[i] === ModalityFlag.TEXT && int32At(table.turns, i) > 0)) {
    throw new AllTextTokensFilteredOutError("Resulting chat cannot have all text tokens filtered out.");
  }
  return left;
}

function withoutEmptyTurns(
  table: TokenTable,
  kept: Int32Array,
  emptyTurns: readonly Int32Array[],
  canVanish: (turn: number) => boolean,
): Int32Array {
  if (emptyTurns.length === 0) return kept;
  const empty = new Set<number>();
  for (let start = 0; start < kept.length; ) {
    const turn = int32At(table.turns, int32At(kept, start));
    let end = start;
    while (end < kept.length && table.turns[int32At(kept, end)] === turn) end++;
    // Audio tokens carry no text id, so a turn with audio left is no such sequence.
    const ids = kept.slice(start, end).map((i) => int32At(table.ids, i));
    if (turn > 0 && isOneOf(ids, emptyTurns) && canVanish(turn)) empty.add(turn);
    start = end;
  }
  return kept.filter((i) => !empty.has(int32At(table.turns, i)));
}
