import { type Alignment, oneLine } from "../../results/alignment.js";
import { maxOf } from "../../util/arrays.js";
import { defineFormat, itemByItem } from "../format.js";

export interface Interval {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Intervals that cover a clip. */
export interface Tier {
  readonly name: string;
  readonly end: number;
  readonly intervals: readonly Interval[];
}

export const textgrid = defineFormat<Alignment>()({ name: "textgrid", endings: [".textgrid"], open: itemByItem(toTextGrid) });

/** One interval tier "words" that covers the whole clip: gaps are empty intervals. */
function toTextGrid({ segments, audio }: Alignment): string {
  const end = audio.seconds;
  const words = segments.map(({ token, startS, endS }) => ({ start: startS, end: endS, text: oneLine(token) }));
  return gridOf([{ name: "words", end, intervals: covering(words, end) }]);
}

/** Praat's TextGrid, long text form. */
export function gridOf(tiers: readonly Tier[]): string {
  const end = maxOf(
    tiers.map((tier) => tier.end),
    0,
  );
  return [
    'File type = "ooTextFile"',
    'Object class = "TextGrid"',
    "",
    "xmin = 0",
    `xmax = ${end}`,
    "tiers? <exists>",
    `size = ${tiers.length}`,
    "item []:",
    ...tiers.flatMap(tierLines),
    "",
  ].join("\n");
}

function tierLines({ name, end, intervals }: Tier, i: number): readonly string[] {
  return [
    `    item [${i + 1}]:`,
    '        class = "IntervalTier"',
    `        name = ${quoted(name)}`,
    "        xmin = 0",
    `        xmax = ${end}`,
    `        intervals: size = ${intervals.length}`,
    ...intervals.flatMap(({ start, end: stop, text }, number) => [
      `        intervals [${number + 1}]:`,
      `            xmin = ${start}`,
      `            xmax = ${stop}`,
      `            text = ${quoted(text)}`,
    ]),
  ];
}

/** Praat wants every moment of the tier in exactly one interval. */
export function covering(words: readonly Interval[], end: number): readonly Interval[] {
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
