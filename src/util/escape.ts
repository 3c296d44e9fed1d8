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
