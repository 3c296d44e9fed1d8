import { ModalityFlag, Role } from "../chat/enums.js";
import type { Result, ResultEntry } from "./result_schema.js";

/**
 * The answer's steps as the assistant's own entries, runs of one modality each; none of them is a player.
 * @param tokens text of every step; "" for a frame.
 */
export function answerEntries(tokens: readonly string[], flags: readonly ModalityFlag[]): readonly ResultEntry[] {
  const entries: { -readonly [K in keyof ResultEntry]: ResultEntry[K] }[] = [];
  for (let from = 0; from < flags.length; ) {
    const sounds = flags[from] === ModalityFlag.AUDIO;
    let to = from;
    while (to < flags.length && (flags[to] === ModalityFlag.AUDIO) === sounds) to++;
    const content = tokens.slice(from, to);
    entries.push({
      content_type: sounds ? ModalityFlag.AUDIO : ModalityFlag.TEXT,
      roles: content.map(() => Role.ASSISTANT),
      content,
      shap_values: content.map(() => null),
      answer: true,
    });
    from = to;
  }
  return entries;
}

/** They stand behind the opening of the assistant's turn; a text that is continued gets a turn of the assistant's. */
export function withAnswer(conversation: Result["conversation"], entries: readonly ResultEntry[]): Result["conversation"] {
  const last = conversation.at(-1) ?? [];
  const asked = last.some(({ roles }) => roles.some((role) => role !== Role.SYSTEM));
  return asked || conversation.length === 0 ? [...conversation, entries] : [...conversation.slice(0, -1), [...last, ...entries]];
}

/** Tokens of the conversation without those of the answer. */
export function tokensAsked(conversation: Result["conversation"]): number {
  return conversation.reduce(
    (sum, turn) => sum + turn.reduce((inTurn, { content, answer }) => inTurn + (answer === true ? 0 : content.length), 0),
    0,
  );
}
