import type { ChatState } from "../../chat/chat_state.js";
import { appendRun, NO_TOKENS, type TokenRun, type TokenTable } from "../../chat/token_table.js";
import { ConnectorError } from "../../errors.js";
import { int32At } from "../../util/elements.js";
import { clipTokens } from "./chat.js";
import { type ChatAudio, withClip } from "./chat_audio.js";
import type { Clip } from "./clip.js";

/** A chat with clips in it. */
export interface WithClips {
  readonly state: ChatState;
  readonly audio: ChatAudio;
}

/**
 * The same chat with the tokens of a clip in the place of each placeholder.
 * @param state of text alone. @param clips in order of their placeholders.
 * @throws ConnectorError where these are not as many.
 */
export function placeClips(state: ChatState, audio: ChatAudio, clips: readonly Clip[], placeholder: number): WithClips {
  const { table } = state;
  const places = Array.from(table.ids.keys()).filter((i) => table.template[i] === 0 && table.ids[i] === placeholder);
  if (places.length !== clips.length) {
    throw new ConnectorError(`the conversation has ${clips.length} clips, but its rendering ${places.length} places for them`);
  }
  let placed: TokenTable = NO_TOKENS;
  let heard = audio;
  let from = 0;
  for (const [i, place] of places.entries()) {
    placed = appendTokens(placed, table, from, place);
    const clip = clips[i] as Clip;
    const turn = int32At(table.turns, place);
    heard = withClip(heard, clip, placed.length, turn);
    placed = appendRun(placed, { ...clipTokens(clip), turn, role: table.roles[place] as TokenRun["role"], template: false });
    from = place + 1;
  }
  return { state: { ...state, table: appendTokens(placed, table, from, table.length) }, audio: heard };
}

/** `table` with the tokens from…to−1 of `source` behind it, run by run. */
function appendTokens(table: TokenTable, source: TokenTable, from: number, to: number): TokenTable {
  let grown = table;
  for (let start = from; start < to; ) {
    let end = start + 1;
    while (end < to && sameRun(source, start, end)) end++;
    grown = appendRun(grown, {
      ids: source.ids.slice(start, end),
      modality: source.modality[start] as TokenRun["modality"],
      turn: int32At(source.turns, start),
      role: source.roles[start] as TokenRun["role"],
      template: source.template[start] === 1,
      texts: source.texts.slice(start, end),
      times: source.times.slice(start, end),
    });
    start = end;
  }
  return grown;
}

const sameRun = ({ turns, roles, template, modality }: TokenTable, a: number, b: number): boolean =>
  turns[a] === turns[b] && roles[a] === roles[b] && template[a] === template[b] && modality[a] === modality[b];
