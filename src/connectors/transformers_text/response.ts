import { NO_AUDIO } from "../base/append.js";
import { BaseMllmChat } from "../base/chat.js";
import type { FinishReason, ModelResponse } from "../base/model_response.js";
import type { Tokenizer } from "../base/tokenizer.js";
import { ModalityFlag, Role } from "../enums.js";

/** An answer of text alone. */
export function textResponse(tokenizer: Tokenizer, ids: Int32Array, finishReason: FinishReason): ModelResponse {
  return {
    chat: null,
    generatedTextTokens: ids,
    generatedAudioTokens: NO_AUDIO,
    generatedModalityFlag: Array.from(ids, () => ModalityFlag.TEXT),
    text: tokenizer.decode(ids, { skipSpecialTokens: true }),
    finishReason,
  };
}

/** The same answer with chat + answer as one chat; the chat itself is not modified. */
export function withHistory(chat: BaseMllmChat, response: ModelResponse): ModelResponse {
  const copy = BaseMllmChat.fromChat(new Uint8Array(chat.inputTokensNum).fill(1), chat);
  if (copy.speaker === null) copy.newTurn(Role.ASSISTANT);
  const ids = response.generatedTextTokens;
  // The end token is the template's own closing of the turn.
  const stopped = response.finishReason === "stop";
  copy.append(stopped ? ids.subarray(0, ids.length - 1) : ids);
  copy.endTurn();
  return { ...response, chat: copy };
}
