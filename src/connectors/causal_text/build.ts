import type { ChatMessage, ChatOptions } from "../../chat/types.js";
import { ConnectorError } from "../../errors.js";
import type { ChatTemplate } from "../../text/chat_template.js";
import { type PartedMessage, templateLayout } from "../../text/template_layout.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { TransformersTextChat } from "./chat.js";
import { bosText, eosText, templateMarkers } from "./turn_markers.js";

/** What is said of a longer list of things left out ends here. */
const MOST_TOLD = 8;

/**
 * The whole conversation as a chat that ends with the template's opening of the assistant's answer. Contents are
 * tokenised part by part, template literals between them apart. White space that the template trims, and reasoning that it leaves out
 * of earlier answers, is no part of the chat: one warning tells it.
 * @param template null for a model without one.
 * @throws ConnectorError where there is no template, no message, a message has audio or no text, or the template refuses, drops, moves
 * or alters a content, or the tokens do not spell what the template rendered.
 */
export function buildTemplatedChat(
  tokenizer: Tokenizer,
  template: ChatTemplate | null,
  messages: readonly ChatMessage[],
  options: ChatOptions = {},
): TransformersTextChat {
  if (template === null) throw new ConnectorError(NO_TEMPLATE);
  const parted = textMessages(messages);
  const chat = new TransformersTextChat({ ...options, tokenizer, markers: templateMarkers(template, tokenizer) });
  const layout = templateLayout(template, parted, bosText(tokenizer), eosText(tokenizer));
  chat.addLayout(layout);
  checkSpelling(tokenizer, chat.tokenTexts, layout.rendering);
  if (layout.leftOut.length > 0) options.onEvent?.({ kind: "warning", message: noteOn(layout.leftOut) });
  return chat;
}

export const NO_TEMPLATE =
  'this model has no chat template, so that it is not known how it is to be fed messages: give one with model.template, or explain plain text that it continues with "prompt" in place of "messages"';

export function noteOn(leftOut: readonly string[]): string {
  const told = leftOut.slice(0, MOST_TOLD).join(", ");
  const more = leftOut.length > MOST_TOLD ? ` and ${leftOut.length - MOST_TOLD} more` : "";
  return `the model's chat template leaves out ${told}${more}: the conversation is explained as it is rendered`;
}

function textMessages(messages: readonly ChatMessage[]): readonly PartedMessage[] {
  if (messages.length === 0) throw new ConnectorError("a conversation needs at least one message");
  return messages.map(({ role, content }, i) => {
    const parts = content.map((part) => {
      if (part.kind === "text") return part.text;
      throw new ConnectorError(
        `message ${i + 1} (${role}) has audio, but this model takes text only: use a model that hears (\`mllm-shap models\` lists the connectors)`,
      );
    });
    const texts = parts.filter((text) => text !== "");
    if (texts.length === 0) throw new ConnectorError(`message ${i + 1} (${role}) has no text`);
    return { role, parts: texts };
  });
}

/** The tokens must spell the rendering, or at least what the tokeniser makes of it (some normalise accents, for instance). */
export function checkSpelling(tokenizer: Tokenizer, tokenTexts: readonly string[], rendering: string): void {
  const bos = bosText(tokenizer);
  const expected = tokenizer.addsBos && !rendering.startsWith(bos) ? bos + rendering : rendering;
  const spelled = tokenTexts.join("");
  if (spelled === expected) return;
  const ids = tokenizer.encode(expected, { first: true });
  if (spelled === tokenizer.tokenTexts(ids, { first: true }).join("")) return;
  let at = 0;
  while (spelled[at] === expected[at]) at++;
  throw new ConnectorError(
    `the tokens do not spell what the chat template rendered, from ${JSON.stringify(expected.slice(at, at + 40))} on`,
  );
}
