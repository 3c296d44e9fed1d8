/**
 * What a terminal would obey or hide instead of printing: controls (C0, C1, DEL), line and paragraph separators, bidirectional
 * marks, overrides and isolates (CVE-2021-42574), invisible characters, and halves of surrogate pairs. Joiners and variation
 * selectors stay: emoji and scripts need them.
 */
const HARMFUL =
  /(?!\p{Join_Control}|\p{Variation_Selector})[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001b": "\\e" };

/** The text with every character that could act on a terminal written out (`\n`, `\e`, `\u{202e}`): safe to print on one line. */
export function escapeControl(text: string): string {
  return text.replace(HARMFUL, (character) => SHORT[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same for a document of several lines: its line breaks stay. */
export function escapeLines(text: string): string {
  return text.replace(HARMFUL, (character, at: number) => {
    if (character === "\n" || (character === "\r" && text[at + 1] === "\n")) return character;
    return escapeControl(character);
  });
}

/** Sequences that set a colour: what our own views paint with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
const COLOUR = /(\u001b\[[\d;]*m)/;

/** The same for a document that paints itself: its line breaks and colours stay. */
export function escapePainted(text: string): string {
  return text
    .split(COLOUR)
    .map((part, i) => (i % 2 === 1 ? part : escapeLines(part)))
    .join("");
}

/** The same for JSON, whose value stays: `\u202e` for the character, in code units. Line breaks and tabs between values stay. */
export function escapeJson(json: string): string {
  return json.replace(HARMFUL, (character) => (/[\n\r\t]/.test(character) ? character : character.replace(/[\s\S]/g, codeUnit)));
}

function codeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
