import type { Result } from "../../results/result_schema.js";
import { marks } from "../shared/heat.js";
import { type Stretch, turnsOf } from "../shared/turns.js";
import { beside, type Piece, wrap } from "./layout.js";
import { plain, type Theme } from "./theme.js";

/**
 * The conversation with every player shaded and marked, one labelled block a turn.
 * @param scale largest |value|
 */
export function conversationLines(result: Result, scale: number, theme: Theme, margin: number, width: number): readonly string[] {
  return turnsOf(result).flatMap(({ speaker, stretches }) => {
    const pieces = stretches.flatMap((stretch, i) => piecesOf(stretch, i === 0, scale, theme));
    return beside(speaker, margin, wrap(pieces, width - margin), theme.faint);
  });
}

/** The mark follows the last character. */
function piecesOf({ player, text, lead, trail, opens }: Stretch, first: boolean, scale: number, theme: Theme): readonly Piece[] {
  const share = player === null || scale === 0 ? 0 : player.value / scale;
  return [
    { text: lead, paint: plain },
    { text: opens ? (first ? "♪ " : " ♪ ") : "", paint: theme.faint },
    { text, paint: player === null ? theme.faint : theme.heat(share) },
    { text: marks(share), paint: theme.sign(share) },
    { text: trail, paint: plain },
  ];
}
