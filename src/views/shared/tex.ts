const TEX: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  '"': "\\textquotedbl{}",
  // A dash in the fonts that LaTeX takes by itself.
  "|": "\\textbar{}",
  "−": "$-$",
};

/** A text that LaTeX prints as it is. */
export function texEscape(text: string): string {
  return text.replace(/[\\~^<>"{}$&#_%|−]/g, (character) => TEX[character] ?? `\\${character}`);
}
