import { type Alignment, oneLine } from "../../results/alignment.js";
import { defineFormat, itemByItem } from "../format.js";

interface Interval {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export const textgrid = defineFormat<Alignment>()({ name: "textgrid", endings: [".textgrid"], open: itemByItem(toTextGrid) });

/** Praat's TextGrid (long text form), one interval tier "words" that covers the whole clip: gaps are empty intervals. */
function toTextGrid({ segments, audio }: Alignment): string {
  const end = audio.seconds;
  const intervals = covering(
    segments.map(({ token, startS, endS }) => ({ start: startS, end: endS, text: oneLine(token) })),
    end,
  );
  const lines = intervals.flatMap(({ start, end: stop, text }, i) => [
    `        intervals [${i + 1}]:`,
    `            xmin = ${start}`,
    `            xmax = ${stop}`,
    `            text = ${quoted(text)}`,
  ]);
  return [
    'File type = "ooTextFile"',
    'Object class = "TextGrid"',
    "",
    "xmin = 0",
    `xmax = ${end}`,
    "tiers? <exists>",
    "size = 1",
    "item []:",
    "    item [1]:",
    '        class = "IntervalTier"',
    '        name = "words"',
    "        xmin = 0",
    `        xmax = ${end}`,
    `        intervals: size = ${intervals.length}`,
    ...lines,
    "",
  ].join("\n");
}

/** Praat wants every moment of the tier in exactly one interval. */
function covering(words: readonly Interval[], end: number): readonly Interval[] {
  const intervals: Interval[] = [];
  let at = 0;
  for (const word of words) {
    if (word.start > at) intervals.push({ start: at, end: word.start, text: "" });
    const stop = Math.min(end, word.end);
    intervals.push({ ...word, start: Math.max(at, word.start), end: stop });
    at = stop;
  }
  if (at < end) intervals.push({ start: at, end, text: "" });
  return intervals;
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
