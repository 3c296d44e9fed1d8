import type { Alignment } from "../../results/alignment.js";
import { escapeControl } from "../../util/escape.js";
import { defineFormat, itemByItem } from "../format.js";

export const text = defineFormat<Alignment>()({ name: "text", endings: [], open: itemByItem(toText) });

/** Seconds, confidence and word, one line a unit, for a terminal. */
function toText({ segments, audio }: Alignment): string {
  const width = Math.max(5, audio.seconds.toFixed(2).length);
  const column = (text: string): string => text.padStart(width);
  const lines = segments.map(
    ({ token, startS, endS, confidence }) =>
      `${column(startS.toFixed(2))}  ${column(endS.toFixed(2))}  ${column(confidence.toFixed(2))}  ${escapeControl(token)}`,
  );
  return `${[`${column("start")}  ${column("end")}  ${column("conf.")}  word`, ...lines].join("\n")}\n`;
}
