import type { StandIn, StandIns } from "../text/masks/mask.js";
import { int32At } from "../util/elements.js";
import { type PlayerCut, tokensOfCoalition } from "./coalition.js";
import { ModalityFlag } from "./enums.js";

/** The tokens of a masked chat where something stands in for text that is left out. */
export interface MaskedTokens {
  /** Where each token of the masked chat comes from, never descending: stand-ins come from what they stand in for. */
  readonly from: Int32Array;
  /** By position in the masked chat. */
  readonly standIns: ReadonlyMap<number, StandIn>;
}

/**
 * What a coalition keeps, with stand-ins for each left-out stretch: neighbouring text tokens of one player. Audio is left out as ever.
 * @param modality of each token.
 * @throws ConnectorError where the coalition's length is not the number of players.
 */
export function maskedTokens(cut: PlayerCut, coalition: Uint8Array, modality: Int8Array, standInsFor: StandIns): MaskedTokens {
  const { playerOf } = cut;
  const isText = (token: number): boolean => modality[token] === ModalityFlag.TEXT;
  const isOut = (token: number): boolean => int32At(playerOf, token) >= 0 && coalition[int32At(playerOf, token)] === 0;
  const kept = tokensOfCoalition(cut, coalition, isText);
  const from: number[] = [];
  const standIns = new Map<number, StandIn>();
  for (let at = 0; at < kept.length; ) {
    const first = int32At(kept, at);
    if (!isOut(first)) {
      from.push(first);
      at += 1;
      continue;
    }
    let end = first + 1;
    while (end < playerOf.length && playerOf[end] === playerOf[first] && isText(end)) end++;
    standInsFor(end - first).forEach((standIn, i) => {
      standIns.set(from.length, standIn);
      from.push(Math.min(first + i, end - 1));
    });
    at += end - first;
  }
  return { from: Int32Array.from(from), standIns };
}
