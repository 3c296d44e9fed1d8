import type { Result, ResultPlayer } from "../../results/result_schema.js";
import { tokenRows } from "../../results/tokens.js";
import { seconds } from "./numbers.js";

export interface Label {
  readonly text: string;
  /** What tells it from other players of the same text; "" where nothing has to. */
  readonly note: string;
}

/** What to call each player of the result. */
export function labelsOf(result: Result): ReadonlyMap<ResultPlayer, Label> {
  const contents = tokenRows(result).map((row) => row.content);
  const turns = new Set(result.players.map((player) => player.turn)).size;
  const seen = new Map<string, number>();
  for (const player of result.players) seen.set(place(player), (seen.get(place(player)) ?? 0) + 1);
  return new Map(
    result.players.map((player) => {
      const time = player.start_s === null || player.end_s === null ? null : seconds(player.start_s, player.end_s);
      const text = player.text || time || quoted(player.tokens, contents) || `player ${player.index}`;
      const notes = [
        ...(player.speaker ? [player.speaker] : []),
        ...(turns > 1 ? [`turn ${player.turn}`] : []),
        ...(time !== null && text !== time ? [time] : []),
        ...(time === null && (seen.get(place(player)) ?? 0) > 1 ? [`token ${player.tokens[0]}`] : []),
      ];
      return [player, { text, note: notes.join(", ") }];
    }),
  );
}

/** Turns are told apart already. */
const place = ({ turn, text }: ResultPlayer): string => `${turn} ${text}`;

/** A player without visible text: its blanks in quotes, or the character that it completes and that stands on an earlier token. */
function quoted(tokens: readonly number[], contents: readonly string[]): string {
  const own = tokens.map((token) => contents[token] ?? "").join("");
  if (own !== "") return JSON.stringify(own);
  const before = contents.slice(0, tokens[0]).findLast((content) => content !== "");
  return before === undefined ? "" : `…${before.trim()}`;
}
