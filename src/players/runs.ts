import { ModalityFlag } from "../chat/enums.js";
import type { Chat } from "../chat/types.js";
import { int32At } from "../util/elements.js";

/** Neighbouring tokens of one turn, one role and one modality: no player reaches out of its run. */
export interface Run {
  readonly kind: "text" | "audio";
  /** From 1. */
  readonly turn: number;
  /** Tokens [start, end) of the chat. */
  readonly start: number;
  readonly end: number;
  /** The decoded text of the tokens, joined; "" for audio without text. */
  readonly text: string;
  /** Where each token's text starts in `text` (UTF-16 units), and `text.length` at the end: `end − start + 1` entries. */
  readonly offsets: Int32Array;
}

/** All runs of a chat, in order; together they hold every token once. */
export function contentRuns(chat: Chat): readonly Run[] {
  const runs: Run[] = [];
  let start = 0;
  for (let token = 1; token <= chat.inputTokensNum; token++) {
    if (token < chat.inputTokensNum && sameRun(chat, token - 1, token)) continue;
    runs.push(runOf(chat, start, token));
    start = token;
  }
  return runs;
}

function sameRun(chat: Chat, left: number, right: number): boolean {
  return (
    chat.tokenTurns[left] === chat.tokenTurns[right] &&
    chat.tokenRoles[left] === chat.tokenRoles[right] &&
    chat.tokensModalityFlag[left] === chat.tokensModalityFlag[right]
  );
}

function runOf(chat: Chat, start: number, end: number): Run {
  const audio = chat.tokensModalityFlag[start] === ModalityFlag.AUDIO;
  // Words of an aligned clip come without blanks.
  const texts = chat.tokenTexts.slice(start, end).map((text, i) => (audio && i > 0 && text !== "" ? ` ${text}` : text));
  const offsets = new Int32Array(texts.length + 1);
  texts.forEach((text, i) => {
    offsets[i + 1] = int32At(offsets, i) + text.length;
  });
  return {
    kind: audio ? "audio" : "text",
    turn: int32At(chat.tokenTurns, start),
    start,
    end,
    text: texts.join(""),
    offsets,
  };
}
