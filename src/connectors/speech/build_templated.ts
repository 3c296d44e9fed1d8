import type { Aligner } from "../../chat/audio_segment.js";
import type { ChatMessage, MessageContent } from "../../chat/types.js";
import { AudioError, ConnectorError } from "../../errors.js";
import type { OnEvent } from "../../events.js";
import type { ChatTemplate } from "../../text/chat_template.js";
import { type PartedMessage, templateLayout } from "../../text/template_layout.js";
import { NO_TEMPLATE, noteOn } from "../causal_text/build.js";
import { bosText, eosText } from "../causal_text/turn_markers.js";
import type { Clip } from "./clip.js";
import type { ClipPlaces } from "./load.js";
import type { TemplatedSpeechChat } from "./templated_chat.js";

type AudioPart = Extract<MessageContent, { readonly kind: "audio" }>;

export interface TemplatedBuild {
  readonly template: ChatTemplate | null;
  readonly places: ClipPlaces;
  readonly aligner?: Aligner | undefined;
  readonly onEvent?: OnEvent | undefined;
}

/**
 * Fills an empty chat with a conversation as the model's template renders it, clips among the texts in their order, and opens the answer.
 * @throws ConnectorError where there is no template or no message, a message is empty or names a clip's placeholder in its text, a transcript comes without
 * an aligner, or the template refuses, drops, moves or alters a content; AudioError where a clip is no sound.
 */
export async function buildTemplatedSpeech(
  chat: TemplatedSpeechChat,
  messages: readonly ChatMessage[],
  { template, places, aligner, onEvent }: TemplatedBuild,
): Promise<TemplatedSpeechChat> {
  if (template === null) throw new ConnectorError(NO_TEMPLATE);
  if (messages.length === 0) throw new ConnectorError("a conversation needs at least one message");
  const parted = messages.map((message, i) => partsOf(message, `message ${i + 1} (${message.role})`, places));
  const clips: Clip[] = [];
  for (const [i, { role, content }] of messages.entries()) {
    for (const part of content) if (part.kind === "audio") clips.push(await clipOf(chat, part, aligner, `message ${i + 1} (${role})`));
  }
  const layout = templateLayout(template, parted, bosText(chat.tokenizer), eosText(chat.tokenizer));
  chat.addLayout(layout, clips, places.id);
  if (layout.leftOut.length > 0) onEvent?.({ kind: "warning", message: noteOn(layout.leftOut) });
  return chat;
}

function partsOf({ role, content }: ChatMessage, name: string, { text: placeholder, reserved, between }: ClipPlaces): PartedMessage {
  const parts: string[] = [];
  let textBefore = false;
  for (const part of content) {
    if (part.kind === "audio") parts.push(placeholder);
    else if (part.text !== "") {
      const taken = reserved.find((one) => part.text.includes(one));
      if (taken !== undefined) throw new ConnectorError(`${name} has ${taken} in its text, which stands for audio: write it otherwise`);
      parts.push(textBefore ? between + part.text : part.text);
    }
    textBefore = part.kind === "text" && (part.text !== "" || textBefore);
  }
  if (parts.length === 0) throw new ConnectorError(`${name} has neither text nor audio`);
  return { role, parts };
}

async function clipOf(
  chat: TemplatedSpeechChat,
  { name, bytes, format, transcript }: AudioPart,
  aligner: Aligner | undefined,
  message: string,
): Promise<Clip> {
  if (transcript !== null && aligner === undefined)
    throw new ConnectorError(`${message} has a transcript, but there is no aligner to find its words`);
  try {
    return await chat.read(
      bytes,
      transcript === null || aligner === undefined ? null : { transcript, aligner, format, attachAudio: false },
    );
  } catch (error) {
    if (name === undefined) throw error;
    if (error instanceof AudioError) throw new AudioError(`${name}: ${error.message}`, { cause: error });
    if (error instanceof ConnectorError) throw new ConnectorError(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
}
