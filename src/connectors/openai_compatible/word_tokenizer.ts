import type { Tokenizer } from "../../text/tokenizer.js";
import { wordUnits } from "../../text/words.js";
import { sha256 } from "../../util/sha256.js";

/** Stands where a turn begins, as a template would; it has no text. */
export const TURN = 0;

/**
 * Words, with the blanks before them, in the place of tokens: of a model whose tokens its server alone knows. A word's id is a hash of it, so
 * that it is the same in every process.
 */
export class WordTokenizer implements Tokenizer {
  readonly specialIds: ReadonlySet<number> = new Set([TURN]);
  readonly opensAfter: ReadonlySet<number> = new Set();
  readonly bosId = null;
  readonly eosId = null;
  readonly addsBos = false;
  readonly affixes = { before: new Int32Array(0), after: new Int32Array(0) };
  readonly vocabularySize = LARGEST + 1;
  readonly tokenIds = { end: LARGEST + 1, unused: [] };
  private readonly texts = new Map<number, string>([[TURN, ""]]);
  private readonly ids = new Map<string, number>();

  encode(text: string): Int32Array {
    return Int32Array.from(wordsWithBlanks(text), (word) => this.idOf(word));
  }

  decode(ids: ArrayLike<number>): string {
    return this.tokenTexts(ids).join("");
  }

  tokenTexts(ids: ArrayLike<number>): readonly string[] {
    return Array.from(ids, (id) => this.texts.get(id) ?? "");
  }

  tokenToId(token: string): number | null {
    return this.ids.get(token) ?? null;
  }

  private idOf(word: string): number {
    const known = this.ids.get(word);
    if (known !== undefined) return known;
    let id = (Number.parseInt(sha256(word).slice(0, 8), 16) % LARGEST) + 1;
    while (this.texts.has(id)) id = (id % LARGEST) + 1;
    this.texts.set(id, word);
    this.ids.set(word, id);
    return id;
  }
}

const LARGEST = 0x7fff_fffe;

/** A text cut before the blanks in front of each word; joined they are the text. */
export function wordsWithBlanks(text: string): readonly string[] {
  const units = wordUnits(text);
  const words: string[] = [];
  let [start, end, current] = [0, 0, -1];
  units.forEach((unit, at) => {
    if (unit < 0) return;
    if (current >= 0 && unit !== current) {
      words.push(text.slice(start, end));
      start = end;
    }
    current = unit;
    end = at + 1;
  });
  if (start < text.length) words.push(text.slice(start));
  return words;
}
