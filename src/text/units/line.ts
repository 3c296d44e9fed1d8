import { defineTextUnit, unitsOfStretches } from "./unit.js";

/** Each line that is not blank, indentation and end left out. */
export function* filledLines(text: string): Generator<{ readonly start: number; readonly end: number }> {
  for (const { 0: line, index } of text.matchAll(/[^\r\n\u2028\u2029]+/gu)) {
    const start = line.length - line.trimStart().length;
    const end = line.trimEnd().length;
    if (end > start) yield { start: index + start, end: index + end };
  }
}

export const line = defineTextUnit({
  name: "line",
  summary: "a line that is not blank",
  between: "breaks",
  cut: (text) => ({ units: unitsOfStretches(text, filledLines(text)) }),
});
