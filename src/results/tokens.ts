import { ExplainError } from "../errors.js";
import type { Result, ResultEntry, ResultPlayer } from "./result_schema.js";
import { isSound } from "./sound.js";

/** A token (or audio segment) of a result with all that is known of it. */
export interface TokenRow {
  /** From 1. */
  readonly turn: number;
  /** Within the turn, from 0. */
  readonly entry: number;
  /** Within the entry, from 0. */
  readonly position: number;
  /** Within the conversation, from 0. */
  readonly token: number;
  readonly contentType: ResultEntry["content_type"];
  readonly role: ResultEntry["roles"][number];
  /** Its text; of audio what is said, never the sound. */
  readonly content: string;
  readonly player: ResultPlayer | null;
  /** It is the first token of its player. */
  readonly first: boolean;
  readonly shapValue: number | null;
  /** It is of the answer. */
  readonly answer: boolean;
  readonly startS: number | null;
  readonly endS: number | null;
}

/**
 * The conversation as one list of tokens, in order.
 * @throws ExplainError where an entry's lists differ in length or a player claims a token that does not exist.
 */
export function tokenRows(result: Result): readonly TokenRow[] {
  const owners = new Map(result.players.flatMap((player) => player.tokens.map((token) => [token, player] as const)));
  let token = 0;
  const rows = result.conversation.flatMap((entries, t) =>
    entries.flatMap((entry, e) => {
      checkLengths(entry, t + 1, e);
      return entry.content.map((content, position): TokenRow => {
        const index = token++;
        const player = owners.get(index) ?? null;
        const segment = entry.segments?.[position];
        return {
          turn: t + 1,
          entry: e,
          position,
          token: index,
          contentType: entry.content_type,
          role: entry.roles[position] ?? 2,
          content: isSound(entry, position) ? (segment?.text ?? (player?.tokens[0] === index ? player.text : "")) : content,
          player,
          first: player?.tokens[0] === index,
          shapValue: entry.shap_values?.[position] ?? null,
          answer: entry.answer === true,
          startS: segment?.start_s ?? alone(player)?.start_s ?? null,
          endS: segment?.end_s ?? alone(player)?.end_s ?? null,
        };
      });
    }),
  );
  const stray = [...owners.keys()].find((owned) => owned >= rows.length);
  if (stray !== undefined) throw new ExplainError(`player ${owners.get(stray)?.index} has token ${stray} of ${rows.length} tokens`);
  return rows;
}

/** A result without segments still has the times of players of one token. */
const alone = (player: ResultPlayer | null): ResultPlayer | null => (player?.tokens.length === 1 ? player : null);

function checkLengths(entry: ResultEntry, turn: number, index: number): void {
  const { length } = entry.content;
  const lists = { roles: entry.roles, shap_values: entry.shap_values, segments: entry.segments };
  for (const [name, list] of Object.entries(lists)) {
    if (list && list.length !== length) {
      throw new ExplainError(`turn ${turn}, entry ${index}: ${list.length} ${name} for ${length} tokens`);
    }
  }
}
