import { AllTextTokensFilteredOutError, ConnectorError } from "../errors.js";
import { requireMask } from "./arguments.js";
import { ModalityFlag, type Role } from "./enums.js";
import { expandGroups, type TokenGroups } from "./external_groups.js";
import { keptPositions } from "./masks.js";
import { isOneOf } from "./sequences.js";
import { appendRun, NO_TOKENS, sliceTable, type TokenRun, type TokenTable } from "./token_table.js";

/** A chat as data. Never modified. */
export interface ChatState {
  readonly table: TokenTable;
  /** Role of each turn's speaker, turn 1 first. */
  readonly speakers: readonly Role[];
  /** The last turn is open. */
  readonly open: boolean;
}

export const EMPTY_CHAT: ChatState = { table: NO_TOKENS, speakers: [], open: false };

/** Tokens to add to the current turn, or, before the first turn, in front of it. */
export type NewTokens = Omit<TokenRun, "turn">;

export function openTurn(state: ChatState, role: Role): ChatState {
  if (state.open) throw new ConnectorError("Cannot start a new turn while another turn is active. Please end the current turn first.");
  return { ...state, speakers: [...state.speakers, role], open: true };
}

export function closeTurn(state: ChatState): ChatState {
  if (!state.open) throw new ConnectorError("No active turn to end. Please start a turn first.");
  return { ...state, open: false };
}

export function addTokens(state: ChatState, tokens: NewTokens): ChatState {
  return { ...state, table: appendRun(state.table, { ...tokens, turn: state.speakers.length }) };
}

/** The chat of the tokens at `kept` (ascending); turns without a token left are gone, but an open one stays open. */
export function sliceState(state: ChatState, kept: Int32Array): ChatState {
  const { turns } = state.table;
  const present = new Uint8Array(state.speakers.length + 1);
  for (let i = 0; i < kept.length; i++) present[turns[kept[i] as number] as number] = 1;
  if (state.open) present[state.speakers.length] = 1;
  return { table: sliceTable(state.table, kept), speakers: state.speakers.filter((_, turn) => present[turn + 1] === 1), open: state.open };
}

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
  if (!left.some((i) => table.modality[i] === ModalityFlag.TEXT && (table.turns[i] as number) > 0)) {
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
    const turn = table.turns[kept[start] as number] as number;
    let end = start;
    while (end < kept.length && table.turns[kept[end] as number] === turn) end++;
    // Audio tokens carry no text id, so a turn with audio left is no such sequence.
    const ids = kept.slice(start, end).map((i) => table.ids[i] as number);
    if (turn > 0 && isOneOf(ids, emptyTurns) && canVanish(turn)) empty.add(turn);
    start = end;
  }
  return kept.filter((i) => !empty.has(table.turns[i] as number));
}
