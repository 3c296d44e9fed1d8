import { type Alignment, oneLine } from "../../results/alignment.js";
import { defineFormat, itemByItem } from "../format.js";
import { clock } from "./clock.js";

export const vtt = defineFormat<Alignment>()({ name: "vtt", endings: [".vtt"], open: itemByItem(toVtt) });

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

export const vttEscape = (text: string): string => text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);

/** WebVTT, one cue a unit. */
function toVtt({ segments }: Alignment): string {
  const cues = segments.map(({ token, startS, endS }) => `${clock(startS, ".")} --> ${clock(endS, ".")}\n${vttEscape(oneLine(token))}\n`);
  return ["WEBVTT\n", ...cues].join("\n");
}
