import type { Tokenizer } from "../../text/tokenizer.js";

/** What a tokeniser writes two neighbours with where it sees both; null where they stay as they are. */
export type Knit = (left: number, right: number) => Int32Array | null;

/**
 * What stands around a clip is tokenised on its own, but a model is fed the rendering of the whole: where its blank lines meet those of a text,
 * they run together. Pairs are remembered, as every masked chat asks for the same ones.
 */
export function knitBy(tokenizer: Tokenizer): Knit {
  const known = new Map<string, Int32Array | null>();
  return (left, right) => {
    const key = `${left} ${right}`;
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const ids = knitted(tokenizer, left, right);
    known.set(key, ids);
    return ids;
  };
}

function knitted(tokenizer: Tokenizer, left: number, right: number): Int32Array | null {
  if (tokenizer.specialIds.has(left) || tokenizer.specialIds.has(right)) return null;
  const [first = "", second = ""] = tokenizer.tokenTexts(Int32Array.of(left, right));
  // Of words, two tokens do not tell how the whole would be written.
  if (first.trim() + second.trim() !== "") return null;
  const ids = tokenizer.encode(first + second, { first: false });
  return ids.length === 2 && ids[0] === left && ids[1] === right ? null : ids;
}
