/** Upper case, diacritics stripped, letters and digits only: what two spellings of a word have in common. */
export function normalizeText(text: string): string {
  return text
    .toUpperCase()
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** The caller's units: the words of a string, or the list as it is. */
export function unitsOf(transcript: string | readonly string[]): readonly string[] {
  return typeof transcript === "string" ? wordsOf(transcript) : transcript;
}

export function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/u).filter((word) => word !== "");
}
