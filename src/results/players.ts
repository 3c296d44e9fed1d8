import type { Player } from "../players/types.js";
import type { ResultPlayer } from "./result_schema.js";

/** What a file says of a player besides its value. */
export type PlayerBlock = Pick<ResultPlayer, "index" | "kind" | "text" | "turn" | "tokens" | "start_s" | "end_s"> & {
  readonly confidence: number | null;
};

export function toBlock({ index, kind, text, turn, tokens, startS, endS, confidence }: Player): PlayerBlock {
  return { index, kind, text, turn, tokens: [...tokens], start_s: startS, end_s: endS, confidence };
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
}: Omit<PlayerBlock, "confidence"> & Pick<ResultPlayer, "confidence">): Player {
  return { index, kind, text, turn, tokens, startS: start_s, endS: end_s, confidence: confidence ?? null };
}
