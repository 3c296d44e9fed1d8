import { wordsOf } from "./words.js";

/** What stands around a word and is none of it. */
const AROUND = /^[^\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu;

/**
 * The words of a text as they are compared between transcripts: compatible characters as one (NFKC), in lower case, without the marks around
 * them; marks inside of a word stay (don't, 12:30). Numbers are not read out.
 */
export function comparedWords(text: string): readonly string[] {
  return wordsOf(text.normalize("NFKC").toLowerCase())
    .map((word) => word.replace(AROUND, ""))
    .filter((word) => word !== "");
}
