import type { SpecError } from "../errors.js";

const LONGEST_ID = 200;

/** An id as results hold it. @throws what `fail` makes of the problem. */
export function checkId(id: unknown, fail: (why: string) => SpecError): string {
  const text = typeof id === "number" || typeof id === "bigint" ? String(id) : id;
  if (typeof text !== "string" || text === "" || text.length > LONGEST_ID)
    throw fail(`"id" must be a text of 1 to ${LONGEST_ID} characters, or a number`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is refused
  if (/[\u0000-\u001f\u007f]/.test(text)) throw fail('"id" must not contain control characters');
  return text;
}
