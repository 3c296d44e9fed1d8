import { NO_AUDIO } from "../../chat/append.js";
import { inWords } from "../../chat/arguments.js";
import { ModalityFlag } from "../../chat/enums.js";
import type { FinishReason, ModelResponse } from "../../chat/model_response.js";
import type { Chat } from "../../chat/types.js";
import { ConnectorError } from "../../errors.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { TransformersTextChat } from "./chat.js";

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

/** A given answer, tokenised as it stands behind the chat. */
export function givenResponse(tokenizer: Tokenizer, text: string, chat: Chat | undefined): ModelResponse {
  const before = chat instanceof TransformersTextChat ? chat.inputTokens.at(-1) : undefined;
  const first = before !== undefined && tokenizer.opensAfter.has(before);
  return textResponse(tokenizer, tokenizer.encode(text, { first }), "given");
}

/** What a model is fed to answer a chat. @throws ConnectorError where the chat is another model's, or cannot be answered. */
export function promptOf(chat: Chat): Int32Array {
  if (chat instanceof TransformersTextChat) {
    chat.requireAnswerable();
    return chat.promptIds;
  }
  throw new ConnectorError(`this model takes chats that it made itself (getNewChat, buildChat), not ${inWords(chat)}`);
}

/**
 * The same answer with what the model was fed + answer as one chat; the chat itself is not modified. Where a template closes the turn, its closing stands for the
 * token that ended the answer.
 */
export function withHistory(chat: TransformersTextChat, response: ModelResponse): ModelResponse {
  const copy = chat.readyToAnswer().copy();
  const ids = response.generatedTextTokens;
  const closed = response.finishReason === "stop" && copy.templated;
  copy.append(closed ? ids.subarray(0, ids.length - 1) : ids);
  copy.endTurn();
  return { ...response, chat: copy };
}
