import { itemAt } from "../util/elements.js";
import { wordsOf } from "./words.js";

/** What somebody said, as a transcript has it. */
export interface Spoken {
  /** null where the transcript names nobody. */
  readonly speaker: string | null;
  readonly text: string;
}

/** A transcript's words, and who says each. */
export interface SpokenWords {
  readonly words: readonly string[];
  /** One a word. */
  readonly speakers: readonly (string | null)[];
}

/** What was said, out of the formats that transcripts are kept in: plain text as it is, subtitles and TextGrids without their times, marks and speakers. */
export function transcriptOf(text: string): string {
  const { parts, between } = partsOf(text);
  return parts.map((part) => part.text).join(between);
}

/** The words of a transcript that names its speakers; null of one that names none. */
export function spokenWords(text: string): SpokenWords | null {
  const { parts } = partsOf(text);
  if (parts.every(({ speaker }) => speaker === null)) return null;
  const words = parts.map((part) => wordsOf(part.text));
  return { words: words.flat(), speakers: parts.flatMap(({ speaker }, i) => (words[i] ?? []).map(() => speaker)) };
}

function partsOf(text: string): { readonly parts: readonly Spoken[]; readonly between: string } {
  if (/^WEBVTT\b/.test(text) || /^\s*(\d+\s*\r?\n)?\s*\d+:\d\d(:\d\d)?[,.]\d{3}\s*-->/.test(text))
    return { parts: cueParts(text), between: "\n" };
  if (/^\s*File type = "ooTextFile"\s+Object class = "TextGrid"/.test(text)) return { parts: labels(text), between: " " };
  return { parts: [{ speaker: null, text }], between: "" };
}

/** Longer ones are no names. */
const LONGEST_NAME = 60;
/** A name, which begins with a capital or a number, and a colon before what is said. */
const NAME = /^(?:-\s*)?((?:\p{Lu}|\p{Lo}|\d)[\p{L}\p{M}\p{N} .'’_-]{0,59}):\s+(?=\S)/u;
const VOICE = /<v(?:\.[^\s>]{0,60})?\s([^>]{1,200})>|<\/v>/gu;

/** SubRip and WebVTT: blocks of an identifier, times, and lines of text with tags in them. */
function cueParts(text: string): readonly Spoken[] {
  const cues = text.split(/\r?\n[ \t]*(?:\r?\n)+/).map((block) => {
    const lines = block.split(/\r?\n/);
    const times = lines.findIndex((line) => line.includes("-->"));
    return times < 0 ? [] : lines.slice(times + 1).filter((line) => line.trim() !== "");
  });
  const lines = cues.flat();
  // Of a text whose first line has no name, colons are punctuation.
  const named = NAME.test(plain(lines[0] ?? ""));
  let speaker: string | null = null;
  return cues.flatMap((cue) => {
    let voice: string | null = null;
    return cue.flatMap((line): readonly Spoken[] =>
      voices(line, voice).flatMap((part) => {
        voice = part.speaker;
        if (part.text === "") return [];
        const name = named && part.speaker === null ? NAME.exec(part.text) : null;
        if (name !== null) speaker = name[1] as string;
        return [{ speaker: part.speaker ?? (named ? speaker : null), text: part.text.slice(name?.[0].length ?? 0) }];
      }),
    );
  });
}

/** A line's text by whose voice says it. @param before whose voice it begins in. */
function voices(line: string, before: string | null): readonly Spoken[] {
  const parts: Spoken[] = [];
  let [from, speaker] = [0, before];
  for (const { 0: tag, 1: name, index } of line.matchAll(VOICE)) {
    parts.push({ speaker, text: plain(line.slice(from, index)) });
    speaker = name === undefined ? null : unescaped(name).trim().slice(0, LONGEST_NAME);
    from = index + tag.length;
  }
  return [...parts, { speaker, text: plain(line.slice(from)) }];
}

const plain = (line: string): string => unescaped(line.replace(/<[^>]{0,200}>|\{\\[^}]{0,200}\}/g, "")).trim();

const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&lrm;": "", "&rlm;": "" };

function unescaped(line: string): string {
  return line.replace(/&(?:amp|lt|gt|nbsp|lrm|rlm);/g, (entity) => ENTITIES[entity] ?? entity);
}

interface Interval {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface Tier {
  readonly name: string;
  /** With a label. */
  readonly intervals: readonly Interval[];
}

/**
 * Labels of the tiers of intervals that hold what was said: the first, and each other that speaks while those before it are silent. These are
 * speakers by the tiers' names; tiers of one speech at other levels (words, phones) lie over each other.
 */
function labels(text: string): readonly Spoken[] {
  const [first, ...others] = tiersOf(text);
  if (first === undefined) return [];
  const speakers = [first];
  for (const tier of others) if (lengthOf(tier) > 0 && speakers.every((one) => takesTurns(tier, one))) speakers.push(tier);
  if (speakers.length === 1) return first.intervals.map((interval) => ({ speaker: null, text: interval.text }));
  return speakers
    .flatMap(({ name, intervals }) => intervals.map((interval) => ({ ...interval, speaker: name })))
    .sort((a, b) => a.start - b.start)
    .map(({ speaker, text: label }) => ({ speaker, text: label }));
}

/** Part of its speech over which one speaker may talk together with another. */
const MOST_OVERLAP = 0.5;

const lengthOf = ({ intervals }: Tier): number => intervals.reduce((sum, { start, end }) => sum + end - start, 0);

/** Both are in order of time. */
function takesTurns(tier: Tier, other: Tier): boolean {
  let [both, at] = [0, 0];
  for (const { start, end } of tier.intervals) {
    while ((other.intervals[at]?.end ?? Number.POSITIVE_INFINITY) <= start) at++;
    for (let i = at; (other.intervals[i]?.start ?? Number.POSITIVE_INFINITY) < end; i++) {
      const one = itemAt(other.intervals, i);
      both += Math.min(one.end, end) - Math.max(one.start, start);
    }
  }
  return both <= MOST_OVERLAP * lengthOf(tier);
}

/** Strings, in which quotation marks are doubled, and numbers that are no places in a list. */
const VALUES = /"((?:[^"]|"")*)"|(?<![\w[.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w\]])/giu;

/** Both forms of a TextGrid hold the same values in the same order: a tier's class, name, ends, size, and three of each interval. */
function tiersOf(text: string): readonly Tier[] {
  const values = [...text.matchAll(VALUES)].map(([value, string]) => (string === undefined ? Number(value) : string.replaceAll('""', '"')));
  const starts = values.flatMap((value, i) => (value === "IntervalTier" || value === "TextTier" ? [i] : []));
  return starts.flatMap((start, i): readonly Tier[] => {
    if (values[start] !== "IntervalTier") return [];
    const own = values.slice(start + 1, starts[i + 1]);
    return [{ name: String(own[0] ?? "").trim(), intervals: intervalsOf(own.slice(1)) }];
  });
}

/** Of each label the two numbers before it. */
function intervalsOf(values: readonly (string | number)[]): readonly Interval[] {
  return values.flatMap((value, i): readonly Interval[] => {
    if (typeof value !== "string" || value.trim() === "") return [];
    const [start, end] = [values[i - 2], values[i - 1]];
    const timed = typeof start === "number" && typeof end === "number" && end > start;
    return [{ ...(timed ? { start, end } : { start: 0, end: 0 }), text: value.trim() }];
  });
}
