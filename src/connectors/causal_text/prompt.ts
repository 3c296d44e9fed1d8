import type { ChatOptions } from "../../chat/types.js";
import { ConnectorError } from "../../errors.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { TransformersTextChat } from "./chat.js";

/**
 * A plain text to continue as a chat of one user turn: what the tokeniser makes of it, special tokens included, and nothing of a chat
 * template. Tells by warnings what is fed besides the text, where that may surprise.
 * @param texts pieces of the text, each tokenised on its own.
 * @throws ConnectorError where there is no text, where the tokens do not spell it, or where nothing could be fed if all of it is left out.
 */
export function buildPromptChat(tokenizer: Tokenizer, texts: readonly string[], options: ChatOptions = {}): TransformersTextChat {
  const parts = texts.filter((text) => text !== "");
  if (parts.length === 0) throw new ConnectorError("the prompt is empty: there is nothing to continue");
  const chat = new TransformersTextChat({ ...options, tokenizer, markers: null });
  chat.addPrompt(parts);
  checkSpelling(chat, parts.join(""));
  for (const message of notesOn(chat, parts.join(""))) options.onEvent?.({ kind: "warning", message });
  return chat;
}

/** The tokens must spell the text, or at least what the tokeniser makes of it. */
function checkSpelling({ tokenizer, tokenTexts }: TransformersTextChat, text: string): void {
  const { before, after } = tokenizer.affixes;
  const spelled = tokenTexts.slice(before.length, tokenTexts.length - after.length).join("");
  if (spelled === text || spelled === tokenizer.tokenTexts(tokenizer.encode(text, { first: true }), { first: true }).join("")) return;
  let at = 0;
  while (spelled[at] === text[at]) at++;
  throw new ConnectorError(`the tokens do not spell the prompt, from ${JSON.stringify(text.slice(at, at + 40))} on`);
}

function notesOn(chat: TransformersTextChat, text: string): readonly string[] {
  const { tokenizer } = chat;
  const { before, after } = tokenizer.affixes;
  const spell = (ids: ArrayLike<number>): string => tokenizer.tokenTexts(ids).join("");
  const opening = spell(before);
  const notes: string[] = [];
  if (before.length > 0 && text.startsWith(opening))
    notes.push(`the prompt begins with ${opening}, which the tokeniser adds, too: it is fed twice`);
  if (after.length > 0)
    notes.push(`the tokeniser ends every text with ${spell(after)}: the model is fed it before it continues the prompt`);
  if (before.length + after.length === 0 && chat.shapValuesMask.every((bit) => bit === 1)) notes.push(noteOnNothing(tokenizer));
  return notes;
}

/** Where nothing is put before a text, a masked chat would be empty when all of it is left out. */
function noteOnNothing(tokenizer: Tokenizer): string {
  const least = tokenizer.bosId ?? tokenizer.eosId;
  if (least === null) {
    throw new ConnectorError(
      "the prompt cannot be explained: with all of it left out nothing at all would be fed, and the tokeniser has neither a start- nor an end-of-text token",
    );
  }
  const kind = tokenizer.bosId === null ? "end" : "start";
  return `with all of the prompt left out the model is fed ${tokenizer.tokenTexts([least])[0]}, its ${kind}-of-text token, alone: the tokeniser puts nothing before a text`;
}
