/** A JSON list of texts; null where the text is none. @throws SyntaxError where it is no JSON. */
export function parseTextList(text: string): readonly string[] | null {
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) && list.every((one) => typeof one === "string") ? list : null;
}
