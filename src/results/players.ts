import type { Player } from "../players/types.js";
import type { ResultPlayer } from "./result_schema.js";

/** What a file says of a player besides its value. */
export type PlayerBlock = Pick<ResultPlayer, "index" | "kind" | "text" | "turn" | "tokens" | "start_s" | "end_s"> & {
  readonly confidence: number | null;
  readonly speaker?: string | undefined;
};

export function toBlock({ index, kind, text, turn, tokens, startS, endS, confidence, speaker }: Player): PlayerBlock {
  const place = { index, kind, text, turn, tokens: [...tokens], start_s: startS, end_s: endS, confidence };
  return speaker === undefined ? place : { ...place, speaker };
}

/** The player as it was, from a file. */
export function fromBlock({
  index,
  kind,
  text,
  turn,
  tokens,
  start_s,
  end_s,
  confidence,
  speaker,
}: Omit<PlayerBlock, "confidence"> & Pick<ResultPlayer, "confidence">): Player {
  const player = { index, kind, text, turn, tokens, startS: start_s, endS: end_s, confidence: confidence ?? null };
  return speaker === undefined ? player : { ...player, speaker };
}
