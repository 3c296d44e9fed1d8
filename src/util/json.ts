import { readFile } from "node:fs/promises";

/** What a JSON file holds. @throws whatever reading or parsing throws: the caller says what the file is for. */
export async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, "utf8"));
}

/** A JSON list of texts; null where the text is none. @throws SyntaxError where it is no JSON. */
export function parseTextList(text: string): readonly string[] | null {
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) && list.every((one) => typeof one === "string") ? list : null;
}
