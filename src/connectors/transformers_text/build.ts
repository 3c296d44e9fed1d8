import { ConnectorError } from "../../errors.js";
import type { ChatTemplate } from "../base/load_tokenizer.js";
import type { Tokenizer } from "../base/tokenizer.js";
import type { ChatMessage, ChatOptions } from "../base/types.js";
import { TransformersTextChat } from "./chat.js";
import { bosText, templateMarkers } from "./markers.js";
import { type PartedMessage, templateLayout } from "./template.js";

/**
 * The whole conversation as a chat that ends with the template's opening of the assistant's answer. Contents are
 * tokenised part by part, template literals between them apart; without a template the texts follow each other.
 * @param template null for a model without one.
 * @throws ConnectorError where there is no message, a message has audio or no text, or the template refuses, drops, moves
 * or alters a content, or the tokens do not spell what the template rendered.
 */
export function buildTemplatedChat(
  tokenizer: Tokenizer,
  template: ChatTemplate | null,
  messages: readonly ChatMessage[],
  options: ChatOptions = {},
): TransformersTextChat {
  const parted = textMessages(messages);
  const markers = template === null ? null : templateMarkers(template, tokenizer);
  const chat = new TransformersTextChat({ ...options, tokenizer, markers });
  if (template === null) {
    addPlain(chat, parted);
    return chat;
  }
  const layout = templateLayout(template, parted, bosText(tokenizer));
  chat.addLayout(parted, layout);
  checkSpelling(chat, layout.rendering);
  return chat;
}

function addPlain(chat: TransformersTextChat, messages: readonly PartedMessage[]): void {
  chat.addLayout(messages, {
    rendering: messages.map(({ parts }) => parts.join("")).join(""),
    preamble: "",
    turns: messages.map(() => ({ open: "", close: "", separable: true })),
    generationPrompt: "",
  });
}

function textMessages(messages: readonly ChatMessage[]): readonly PartedMessage[] {
  if (messages.length === 0) throw new ConnectorError("a conversation needs at least one message");
  return messages.map(({ role, content }, i) => {
    const parts = content.map((part) => {
      if (part.kind === "text") return part.text;
      throw new ConnectorError(
        `message ${i + 1} (${role}) has audio, but this model takes text only: use a model that hears, such as one for liquid-audio`,
      );
    });
    const texts = parts.filter((text) => text !== "");
    if (texts.length === 0) throw new ConnectorError(`message ${i + 1} (${role}) has no text`);
    return { role, parts: texts };
  });
}

/** The tokens must spell the rendering, or at least what the tokeniser makes of it (some normalise accents, for instance). */
function checkSpelling(chat: TransformersTextChat, rendering: string): void {
  const { tokenizer } = chat;
  const bos = bosText(tokenizer);
  const expected = tokenizer.addsBos && !rendering.startsWith(bos) ? bos + rendering : rendering;
  const spelled = chat.tokenTexts.join("");
  if (spelled === expected) return;
  const ids = tokenizer.encode(expected, { first: true });
  if (spelled === tokenizer.tokenTexts(ids, { first: true }).join("")) return;
  let at = 0;
  while (spelled[at] === expected[at]) at++;
  throw new ConnectorError(
    `the tokens do not spell what the chat template rendered, from ${JSON.stringify(expected.slice(at, at + 40))} on`,
  );
}
