import { type Alignment, oneLine } from "../../results/alignment.js";
import { defineFormat, itemByItem } from "../format.js";

export const audacity = defineFormat<Alignment>()({ name: "audacity", endings: [".txt"], open: itemByItem(toAudacity) });

/** Audacity's label track: start, end, label, separated by tabs. */
function toAudacity({ segments }: Alignment): string {
  return segments.map(({ token, startS, endS }) => `${startS.toFixed(6)}\t${endS.toFixed(6)}\t${oneLine(token)}\n`).join("");
}
