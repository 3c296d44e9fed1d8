import type { ChatEntry } from "../chat/chat_entry.js";
import { ModalityFlag } from "../chat/enums.js";
import type { Chat } from "../chat/types.js";
import { ExplainError } from "../errors.js";
import type { Player } from "../players/types.js";
import type { Result, ResultEntry } from "./result_schema.js";

/** How audio stands in a result: as stretches of its clip, or as sound in base64. */
export type AudioContent = "segments" | "base64";

/** What a result needs of a chat. */
export type BuiltChat = Pick<Chat, "inputTokensNum" | "tokenTexts" | "tokenTimes" | "getConversation">;

/**
 * The chat's entries with each player's normalised value on every one of its tokens and null off the players.
 * Tokens count through turns and entries in order.
 * @throws ExplainError where the entries do not hold the chat's tokens, or two players claim one.
 */
export function conversationBlock(
  chat: BuiltChat,
  players: readonly Player[],
  normalized: Float64Array,
  audio: AudioContent,
): Result["conversation"] {
  const owners = ownersOf(players, chat.inputTokensNum);
  let from = 0;
  const conversation = chat.getConversation().map((turn) =>
    turn.map((entry) => {
      const tokens = entry.content.map((_, i) => from + i);
      from += tokens.length;
      return buildEntry(entry, tokens, owners, normalized, chat, audio);
    }),
  );
  if (from !== chat.inputTokensNum) {
    throw new ExplainError(`the conversation's entries hold ${from} tokens, the chat ${chat.inputTokensNum}`);
  }
  return conversation;
}

function buildEntry(
  entry: ChatEntry,
  tokens: readonly number[],
  owners: readonly (Player | null)[],
  normalized: Float64Array,
  chat: BuiltChat,
  audio: AudioContent,
): ResultEntry {
  const shapValues = tokens.map((token) => {
    const owner = owners[token];
    const value = owner ? normalized[owner.index] : undefined;
    return value === undefined ? null : value === 0 ? 0 : value;
  });
  const head = { content_type: entry.contentType, roles: [...entry.roles] };
  if (entry.contentType !== ModalityFlag.AUDIO || audio === "base64") {
    return { ...head, content: entry.content.map(asText), shap_values: shapValues };
  }
  const segments = tokens.map((token) => {
    const time = chat.tokenTimes[token] ?? null;
    return { text: spoken(token, owners[token] ?? null, chat), start_s: time?.startS ?? null, end_s: time?.endS ?? null };
  });
  return { ...head, content: segments.map((segment) => segment.text), shap_values: shapValues, segments };
}

/** A word stands on its first token: a value or a word is never counted twice. */
function spoken(token: number, owner: Player | null, chat: BuiltChat): string {
  const own = chat.tokenTexts[token] ?? "";
  if (own !== "" || owner === null || owner.kind === "group") return own;
  return owner.tokens[0] === token ? owner.text : "";
}

function asText(content: string | Uint8Array): string {
  return typeof content === "string" ? content : Buffer.from(content).toString("base64");
}

function ownersOf(players: readonly Player[], tokens: number): (Player | null)[] {
  const owners = new Array<Player | null>(tokens).fill(null);
  for (const player of players) {
    for (const token of player.tokens) {
      const other = owners[token];
      if (other === undefined) throw new ExplainError(`player ${player.index} has token ${token} of a chat of ${tokens} tokens`);
      if (other !== null) throw new ExplainError(`players ${other.index} and ${player.index} both have token ${token}`);
      owners[token] = player;
    }
  }
  return owners;
}
