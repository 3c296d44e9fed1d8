import { wordsOf } from "../text/words.js";

/** Upper case, diacritics stripped, letters and digits only: what two spellings of a word have in common. */
export function normalizeText(text: string): string {
  return text
    .toUpperCase()
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** The caller's units: the words of a string, cut as those of typed text are, or the list as it is. */
export function unitsOf(transcript: string | readonly string[]): readonly string[] {
  return typeof transcript === "string" ? wordsOf(transcript) : transcript;
}

/** What stands between blanks. */
export function blankSeparated(text: string): readonly string[] {
  return text.split(/\s+/u).filter((word) => word !== "");
}
