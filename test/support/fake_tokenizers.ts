import type { Tokenizer } from "../../src/text/tokenizer.js";

/** How the vectors describe their tokenisers. */
export type FakeTokenizerSpec =
  | { readonly kind: "char" }
  | { readonly kind: "word"; readonly regex: string; readonly specials: readonly string[]; readonly vocab: readonly string[] };

const SPECIALS = ["<|startoftext|>", "<|im_start|>", "<|im_end|>", "<|endoftext|>"] as const;

/** `char`: one code point a token, id = code point, special strings from 2,000,000. `word`: pieces of a vocabulary. */
export function fakeTokenizer(spec: FakeTokenizerSpec): Tokenizer {
  const specials = spec.kind === "word" ? spec.specials : SPECIALS;
  const textOf = new Map<number, string>();
  const idOf = new Map<string, number>();
  const learn = (text: string, id: number): number => {
    textOf.set(id, text);
    idOf.set(text, id);
    return id;
  };
  specials.forEach((text, i) => {
    learn(text, spec.kind === "char" ? 2_000_000 + i : i);
  });
  if (spec.kind === "word") spec.vocab.forEach(learn);
  const idFor = (piece: string): number =>
    idOf.get(piece) ?? learn(piece, spec.kind === "char" ? (piece.codePointAt(0) as number) : 1_000_000 + textOf.size);
  const regex = new RegExp(spec.kind === "char" ? "[^]" : spec.regex, "uy");
  const tokenTexts = (ids: ArrayLike<number>): string[] => Array.from(ids, (id) => textOf.get(id) ?? String.fromCodePoint(id));
  return {
    encode: (text) => Int32Array.from(pieces(text, specials, regex), idFor),
    decode: (ids) => tokenTexts(ids).join(""),
    tokenTexts,
    tokenToId: (token) => idOf.get(token) ?? null,
    specialIds: new Set(specials.map((text) => idOf.get(text) as number)),
    bosId: idOf.get("<|startoftext|>") ?? null,
    eosId: idOf.get("<|endoftext|>") ?? null,
    opensAfter: new Set(),
    addsBos: false,
    affixes: { before: new Int32Array(0), after: new Int32Array(0) },
    vocabularySize: textOf.size,
    tokenIds: { end: Number.POSITIVE_INFINITY, unused: [] },
  };
}

function pieces(text: string, specials: readonly string[], regex: RegExp): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    const special = specials.find((candidate) => text.startsWith(candidate, at));
    regex.lastIndex = at;
    const piece = special ?? regex.exec(text)?.[0];
    if (piece === undefined) throw new Error(`no piece at ${at} of ${JSON.stringify(text)}`);
    found.push(piece);
    at += piece.length;
  }
  return found;
}
