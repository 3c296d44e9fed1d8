import { int32At } from "../util/elements.js";
import type { ChatEntry } from "./chat_entry.js";
import { ModalityFlag, type Role } from "./enums.js";
import type { TokenTable } from "./token_table.js";

/**
 * Turns as lists of entries; a new entry starts where the modality changes. A turn without tokens is an empty list; tokens
 * before the first turn (start of text) open the first one.
 * @param values normalised value of each token, NaN = not a player; null = none computed.
 * @param audioContent encoded audio of an audio token.
 */
export function chatEntries(
  table: TokenTable,
  turnNumber: number,
  values: Float64Array | null,
  audioContent: (token: number) => Uint8Array,
): readonly (readonly ChatEntry[])[] {
  const first = table.length > 0 && turnNumber === 0 ? 1 : turnNumber;
  const turns: ChatEntry[][] = Array.from({ length: first }, () => []);
  for (let start = 0; start < table.length; ) {
    const end = entryEnd(table, start);
    turns[turnIndex(table, start)]?.push(entry(table, start, end, values, audioContent));
    start = end;
  }
  return turns;
}

function turnIndex(table: TokenTable, token: number): number {
  return Math.max(0, int32At(table.turns, token) - 1);
}

function entryEnd(table: TokenTable, start: number): number {
  let end = start + 1;
  while (end < table.length && turnIndex(table, end) === turnIndex(table, start) && table.modality[end] === table.modality[start]) end++;
  return end;
}

function entry(
  table: TokenTable,
  start: number,
  end: number,
  values: Float64Array | null,
  audioContent: (token: number) => Uint8Array,
): ChatEntry {
  const contentType = table.modality[start] as ModalityFlag;
  const tokens = Array.from({ length: end - start }, (_, i) => start + i);
  return {
    contentType,
    roles: Array.from(table.roles.subarray(start, end)) as Role[],
    content: contentType === ModalityFlag.TEXT ? table.texts.slice(start, end) : tokens.map(audioContent),
    shapValues: values === null ? null : tokens.map((i) => numberOrNull(values[i])),
  };
}

function numberOrNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
