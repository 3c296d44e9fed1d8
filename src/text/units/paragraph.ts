import { filledLines } from "./line.js";
import { defineTextUnit, unitsOfStretches } from "./unit.js";

/** A line of nothing but blanks. */
const BLANK_LINE = /(?:\r\n|[\r\n])[^\S\r\n]*(?:\r\n|[\r\n])|\u2029/u;

/** Lines that no blank line parts, with the breaks between them. */
function* paragraphsOf(text: string): Generator<{ readonly start: number; readonly end: number }> {
  let paragraph: { start: number; end: number } | null = null;
  for (const { start, end } of filledLines(text)) {
    if (paragraph !== null && !BLANK_LINE.test(text.slice(paragraph.end, start))) paragraph.end = end;
    else {
      if (paragraph !== null) yield paragraph;
      paragraph = { start, end };
    }
  }
  if (paragraph !== null) yield paragraph;
}

export const paragraph = defineTextUnit({
  name: "paragraph",
  summary: "lines up to a blank one",
  between: "breaks",
  cut: (text) => ({ units: unitsOfStretches(text, paragraphsOf(text)) }),
});
