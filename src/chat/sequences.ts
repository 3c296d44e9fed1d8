import { int32At } from "../util/elements.js";
import { ModalityFlag } from "./enums.js";
import type { TokenTable } from "./token_table.js";

/** Whether `sequence` stands in `ids` at `offset`. */
function matchesAt(ids: Int32Array, sequence: Int32Array, offset: number): boolean {
  for (let i = 0; i < sequence.length; i++) if (ids[offset + i] !== sequence[i]) return false;
  return true;
}

/** Whether `ids` is one of `sequences`. */
export function isOneOf(ids: Int32Array, sequences: readonly Int32Array[]): boolean {
  return sequences.some((sequence) => sequence.length === ids.length && matchesAt(ids, sequence, 0));
}

/**
 * 1 for tokens outside every occurrence of the sequences. An occurrence is a run of text tokens inside one turn;
 * occurrences may overlap.
 */
export function outsideSequences(table: TokenTable, sequences: readonly Int32Array[]): Uint8Array {
  const outside = new Uint8Array(table.length).fill(1);
  for (const sequence of sequences) {
    if (sequence.length === 0) continue;
    for (let at = table.ids.indexOf(int32At(sequence, 0)); at >= 0; at = table.ids.indexOf(int32At(sequence, 0), at + 1)) {
      const end = at + sequence.length;
      if (end > table.length || !matchesAt(table.ids, sequence, at) || !isTextOfOneTurn(table, at, end)) continue;
      outside.fill(0, at, end);
    }
  }
  return outside;
}

function isTextOfOneTurn(table: TokenTable, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (table.modality[i] !== ModalityFlag.TEXT || table.turns[i] !== table.turns[start]) return false;
  }
  return true;
}
