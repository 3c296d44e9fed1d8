import { type Alignment, oneLine } from "../../results/alignment.js";
import { defineFormat, itemByItem } from "../format.js";
import { clock } from "./clock.js";

export const srt = defineFormat<Alignment>()({ name: "srt", endings: [".srt"], open: itemByItem(toSrt) });

/** SubRip, one cue a unit. */
function toSrt({ segments }: Alignment): string {
  return segments
    .map(({ token, startS, endS }, i) => `${i + 1}\n${clock(startS, ",")} --> ${clock(endS, ",")}\n${oneLine(token)}\n`)
    .join("\n");
}
