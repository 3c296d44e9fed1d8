import type { Aligner } from "../../chat/audio_segment.js";
import { Role } from "../../chat/enums.js";
import type { ChatMessage, MessageContent } from "../../chat/types.js";
import { AudioError, ConnectorError } from "../../errors.js";
import type { MessagesChat } from "./messages_chat.js";

const ROLES = { system: Role.SYSTEM, user: Role.USER, assistant: Role.ASSISTANT } as const;

/**
 * Fills an empty chat with a conversation, and opens the answer.
 * @throws ConnectorError where there is no message, one is empty, or a transcript comes without an aligner; AudioError where a clip is no sound.
 */
export async function buildMessages(
  chat: MessagesChat,
  messages: readonly ChatMessage[],
  aligner: Aligner | undefined,
): Promise<MessagesChat> {
  if (messages.length === 0) throw new ConnectorError("a conversation needs at least one message");
  for (const [i, { role, content }] of messages.entries()) {
    const name = `message ${i + 1} (${role})`;
    const parts = content.filter((part) => part.kind === "audio" || part.text !== "");
    if (parts.length === 0) throw new ConnectorError(`${name} has neither text nor audio`);
    chat.newTurn(ROLES[role]);
    for (const part of parts) await addPart(chat, part, aligner, name);
    chat.endTurn();
  }
  chat.newTurn(Role.ASSISTANT);
  return chat;
}

async function addPart(chat: MessagesChat, part: MessageContent, aligner: Aligner | undefined, message: string): Promise<void> {
  if (part.kind === "text") {
    chat.addText(part.text);
    return;
  }
  const { bytes, format, transcript, name } = part;
  if (transcript !== null && aligner === undefined)
    throw new ConnectorError(`${message} has a transcript, but there is no aligner to find its words`);
  try {
    if (transcript === null || aligner === undefined) await chat.addAudio(bytes, format);
    else await chat.addAudioWithTranscript(bytes, transcript, aligner, format);
  } catch (error) {
    if (name === undefined) throw error;
    if (error instanceof AudioError) throw new AudioError(`${name}: ${error.message}`, { cause: error });
    if (error instanceof ConnectorError) throw new ConnectorError(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
}
