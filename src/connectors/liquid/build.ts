import { ConnectorError } from "../../errors.js";
import type { Aligner } from "../base/audio_segment.js";
import type { ChatMessage } from "../base/types.js";
import { Role } from "../enums.js";
import type { LiquidAudioChat } from "./chat.js";

const ROLES = { system: Role.SYSTEM, user: Role.USER, assistant: Role.ASSISTANT } as const;

/**
 * Fills an empty chat with a conversation, each text tokenised on its own, and opens the assistant's answer.
 * @param aligner finds the words of clips that come with a transcript.
 * @throws ConnectorError where there is no message, a message is empty or has more than one clip, or a transcript comes
 * without an aligner; AudioError where a clip is no sound.
 */
export async function buildLiquidChat(
  chat: LiquidAudioChat,
  messages: readonly ChatMessage[],
  aligner: Aligner | undefined,
): Promise<LiquidAudioChat> {
  if (messages.length === 0) throw new ConnectorError("a conversation needs at least one message");
  for (const [i, { role, content }] of messages.entries()) {
    const parts = content.filter((part) => part.kind === "audio" || part.text !== "");
    if (parts.length === 0) throw new ConnectorError(`message ${i + 1} (${role}) has neither text nor audio`);
    chat.newTurn(ROLES[role]);
    for (const part of parts) {
      if (part.kind === "text") chat.addText(part.text);
      else if (part.transcript === null) await chat.addAudio(part.bytes, part.format);
      else if (aligner === undefined)
        throw new ConnectorError(`message ${i + 1} (${role}) has a transcript, but there is no aligner to find its words`);
      else await chat.addAudioWithTranscript(part.bytes, part.transcript, aligner, part.format);
    }
    chat.endTurn();
  }
  chat.newTurn(Role.ASSISTANT);
  return chat;
}
