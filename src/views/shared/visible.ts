const MARKS: Readonly<Record<string, string>> = { " ": "␣", "\n": "⏎", "\r": "␍", "\t": "⇥" };

/** A text with marks for the white space at its ends, and for no-break and other odd blanks anywhere: an answer is scored with them. */
export function withVisibleEdges(text: string): string {
  const head = text.length - text.trimStart().length;
  const tail = Math.max(head, text.trimEnd().length);
  return [text.slice(0, head).replace(/\s/gu, markOf), oddBlanks(text.slice(head, tail)), text.slice(tail).replace(/\s/gu, markOf)].join(
    "",
  );
}

function oddBlanks(text: string): string {
  return text.replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f]/gu, markOf);
}

function markOf(blank: string): string {
  return MARKS[blank] ?? `\\u{${(blank.codePointAt(0) ?? 0).toString(16)}}`;
}
