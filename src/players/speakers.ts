import type { Chat } from "../chat/types.js";
import { ExplainError } from "../errors.js";
import { itemAt } from "../util/elements.js";
import type { Player } from "./types.js";

/**
 * The players, each with who says all its words; one of several speakers, or of none, has none.
 * @param speakers one a word of the chat's aligned clips, in order.
 * @throws ExplainError where the chat has another number of such words.
 */
export function withSpeakers(players: readonly Player[], chat: Chat, speakers: readonly (string | null)[]): readonly Player[] {
  if (speakers.every((speaker) => speaker === null)) return players;
  const words = (chat.tokenConfidences ?? []).flatMap((confidence, token) => (confidence === null ? [] : [token]));
  if (words.length !== speakers.length)
    throw new ExplainError(`the transcripts have ${speakers.length} words, and the conversation has ${words.length} of them`);
  const speakerOf = new Map(words.map((token, i) => [token, itemAt(speakers, i)]));
  return players.map((player) => {
    const own = new Set(player.tokens.map((token) => speakerOf.get(token) ?? null));
    const [speaker = null] = own;
    return own.size === 1 && speaker !== null ? { ...player, speaker } : player;
  });
}
