import stringWidth from "string-width";
import { escapeControl } from "../../util/escape.js";
import { type Paint, plain } from "./theme.js";

/** A stretch of text of one look. Its line breaks break lines; whatever else could act on a terminal is escaped here. */
export interface Piece {
  readonly text: string;
  readonly paint: Paint;
}

interface Atom extends Piece {
  readonly kind: "word" | "blank" | "break";
  readonly width: number;
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Lines at most `width` columns wide, broken at blanks, or between characters where a word is longer than a line. */
export function wrap(pieces: readonly Piece[], width: number): readonly string[] {
  const lines: string[] = [];
  let line: Atom[] = [];
  let used = 0;
  let blanks: Atom[] = [];
  const feed = () => {
    lines.push(painted(line));
    line = [];
    used = 0;
    blanks = [];
  };
  const put = (atom: Atom) => {
    line.push(atom);
    used += atom.width;
  };
  for (const word of words(pieces.flatMap(atoms))) {
    const [first] = word;
    if (first?.kind === "break") feed();
    else if (first?.kind === "blank") blanks.push(first);
    else {
      const gap = total(blanks);
      if (used > 0 && used + gap + total(word) > width) feed();
      else for (const blank of blanks) put(blank);
      blanks = [];
      for (const part of total(word) > width ? word.flatMap(split) : word) {
        if (used > 0 && used + part.width > width) feed();
        put(part);
      }
    }
  }
  feed();
  return lines;
}

/** Escaped, on one line, cut with "…" where it is wider than `width` columns. */
export function truncate(text: string, width: number): string {
  const clean = escapeControl(text);
  if (stringWidth(clean) <= width) return clean;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(clean)) {
    used += stringWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Lines with a label in the left margin of the first one. */
export function beside(label: string, labelWidth: number, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.map(
    (line, i) => (i === 0 ? paint(label) + " ".repeat(Math.max(1, labelWidth - stringWidth(label))) : " ".repeat(labelWidth)) + line,
  );
}

function atoms({ text, paint }: Piece): readonly Atom[] {
  const parts = text.replaceAll("\r\n", "\n").match(/\n| +|[^ \n]+/g) ?? [];
  return parts.map((part) => {
    if (part === "\n") return { kind: "break", text: "", paint: plain, width: 0 };
    const clean = escapeControl(part);
    return { kind: part.startsWith(" ") ? "blank" : "word", text: clean, paint, width: stringWidth(clean) };
  });
}

/** Neighbouring word atoms belong to one word, whatever their looks. */
function words(all: readonly Atom[]): readonly (readonly Atom[])[] {
  const grouped: Atom[][] = [];
  for (const atom of all) {
    const last = grouped.at(-1);
    if (atom.kind === "word" && last?.[0]?.kind === "word") last.push(atom);
    else grouped.push([atom]);
  }
  return grouped;
}

/** One pair of colour codes for neighbours of the same look. */
function painted(line: readonly Atom[]): string {
  let done = "";
  let run = "";
  line.forEach((atom, i) => {
    run += atom.text;
    if (line[i + 1]?.paint === atom.paint) return;
    done += atom.paint(run);
    run = "";
  });
  return done;
}

function split(atom: Atom): readonly Atom[] {
  return Array.from(graphemes.segment(atom.text), ({ segment }) => ({ ...atom, text: segment, width: stringWidth(segment) }));
}

function total(of: readonly Atom[]): number {
  return of.reduce((sum, atom) => sum + atom.width, 0);
}
