import { type Alignment, oneLine } from "../../results/alignment.js";

/** SubRip, one cue a unit. */
export function toSrt({ segments }: Alignment): string {
  return segments
    .map(({ token, startS, endS }, i) => `${i + 1}\n${clock(startS, ",")} --> ${clock(endS, ",")}\n${oneLine(token)}\n`)
    .join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** WebVTT, one cue a unit. */
export function toVtt({ segments }: Alignment): string {
  const cues = segments.map(
    ({ token, startS, endS }) =>
      `${clock(startS, ".")} --> ${clock(endS, ".")}\n${oneLine(token).replace(/[&<>]/g, (character) => ENTITIES[character] ?? character)}\n`,
  );
  return ["WEBVTT\n", ...cues].join("\n");
}

/** Audacity's label track: start, end, label, separated by tabs. */
export function toAudacity({ segments }: Alignment): string {
  return segments.map(({ token, startS, endS }) => `${startS.toFixed(6)}\t${endS.toFixed(6)}\t${oneLine(token)}\n`).join("");
}

/** hh:mm:ss and milliseconds. */
function clock(seconds: number, mark: string): string {
  const ms = Math.round(seconds * 1000);
  const two = (n: number): string => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  return `${two(h)}:${two(m)}:${two(s)}${mark}${String(ms % 1000).padStart(3, "0")}`;
}
