import { ConnectorError } from "../errors.js";
import type { StandIn } from "../text/masks/mask.js";
import { int32At } from "../util/elements.js";
import type { Role } from "./enums.js";
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

/**
 * The chat of the tokens at `kept` (ascending); turns without a token left are gone, but an open one stays open.
 * @param standIns other text tokens in the places of some, by position in `kept`; of more than they stand in for, some repeat a place.
 */
export function sliceState(state: ChatState, kept: Int32Array, standIns?: ReadonlyMap<number, StandIn>): ChatState {
  const { turns } = state.table;
  const present = new Uint8Array(state.speakers.length + 1);
  for (let i = 0; i < kept.length; i++) present[int32At(turns, int32At(kept, i))] = 1;
  if (state.open) present[state.speakers.length] = 1;
  return {
    table: sliceTable(state.table, kept, standIns),
    speakers: state.speakers.filter((_, turn) => present[turn + 1] === 1),
    open: state.open,
  };
}
