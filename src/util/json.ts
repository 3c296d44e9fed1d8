/** A JSON list of texts; null where the text is none. @throws SyntaxError where it is no JSON. */
export function parseTextList(text: string): readonly string[] | null {
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) && list.every((one) => typeof one === "string") ? list : null;
}

/** Whether lists and objects of a JSON text are nested deeper than so many levels. */
export function isDeeperThan(json: string, levels: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (quoted) {
      if (character === "\\") i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "[" || character === "{") {
      if (++depth > levels) return true;
    } else if (character === "]" || character === "}") depth--;
  }
  return false;
}
