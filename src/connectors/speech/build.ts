import type { Aligner } from "../../chat/audio_segment.js";
import { Role } from "../../chat/enums.js";
import type { ChatMessage, MessageContent } from "../../chat/types.js";
import { AudioError, ConnectorError } from "../../errors.js";
import type { SpeechChat } from "./chat.js";

const ROLES = { system: Role.SYSTEM, user: Role.USER, assistant: Role.ASSISTANT } as const;

/**
 * Fills an empty chat with a conversation, each text tokenised on its own, and opens the assistant's answer.
 * @param aligner finds the words of clips that come with a transcript.
 * @throws ConnectorError where there is no message, a message is empty or has more than one clip, or a transcript comes
 * without an aligner; AudioError where a clip is no sound.
 */
export async function buildTurnByTurn<C extends SpeechChat>(
  chat: C,
  messages: readonly ChatMessage[],
  aligner: Aligner | undefined,
): Promise<C> {
  if (messages.length === 0) throw new ConnectorError("a conversation needs at least one message");
  for (const [i, { role, content }] of messages.entries()) {
    const parts = content.filter((part) => part.kind === "audio" || part.text !== "");
    if (parts.length === 0) throw new ConnectorError(`message ${i + 1} (${role}) has neither text nor audio`);
    chat.newTurn(ROLES[role]);
    for (const part of parts) {
      if (part.kind === "text") chat.addText(part.text);
      else if (part.transcript !== null && aligner === undefined)
        throw new ConnectorError(`message ${i + 1} (${role}) has a transcript, but there is no aligner to find its words`);
      else await addClip(chat, part, aligner);
    }
    chat.endTurn();
  }
  chat.newTurn(Role.ASSISTANT);
  return chat;
}

async function addClip(
  chat: SpeechChat,
  { name, bytes, format, transcript }: Extract<MessageContent, { readonly kind: "audio" }>,
  aligner: Aligner | undefined,
): Promise<void> {
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
