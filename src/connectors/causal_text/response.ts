import { NO_AUDIO } from "../../chat/append.js";
import { ModalityFlag } from "../../chat/enums.js";
import type { FinishReason, ModelResponse } from "../../chat/model_response.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import type { TransformersTextChat } from "./chat.js";

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
