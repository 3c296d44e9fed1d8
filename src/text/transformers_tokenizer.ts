import { ConnectorError } from "../errors.js";
import { numberAt } from "../util/elements.js";
import { textsFromBytes } from "./decode_tokens.js";
import type { ModelTokenizer } from "./model_tokenizer.js";
import { bytesOfAdded, bytesOfEntry, dropsFirstBlank, type TokenizerJson, vocabularySpelling } from "./token_bytes.js";
import type { Tokenizer } from "./tokenizer.js";

/** Characters that no vocabulary glues to what follows them: the text after one is encoded as in mid-sentence. */
const GUARDS = ["\n", "\u0001", "\u0003"] as const;

/** Encodes a stretch of text without special tokens. */
type Encode = (text: string) => number[];

/** `Tokenizer` over that of the tokenizers library. */
export function adaptTokenizer(source: ModelTokenizer, json: TokenizerJson): Tokenizer {
  const raw: Encode = (text) => (text === "" ? [] : source.encode(text, false));
  const { vocabulary } = source;
  const entries = vocabularyEntries(vocabulary);
  const bytes = byteTable(entries, json);
  const prefixes = /^[▁Ġ]/u.test(entries[raw("a")[0] ?? -1] ?? "");
  const strips = dropsFirstBlank(json);
  const specialIds: ReadonlySet<number> = new Set(source.specialIds);
  const { bosId } = source;
  const encodeInner = innerEncoder(raw, json);
  const opensAfter = prefixes ? idsBeforeBlanks(raw, entries, json) : NO_IDS;
  const tokenTexts: Tokenizer["tokenTexts"] = (ids, options) => {
    const texts = textsFromBytes(Array.from(ids, bytes));
    return strips ? withoutPutBlanks(texts, ids, { first: options?.first === true, specialIds, opensAfter }) : texts;
  };
  return {
    encode: (text, options) => Int32Array.from(prefixes && options?.first !== true ? encodeInner(text) : raw(text)),
    decode: (ids, options) => {
      const shown = options?.skipSpecialTokens === true ? Array.from(ids).filter((id) => !specialIds.has(id)) : ids;
      return tokenTexts(shown, { first: true }).join("");
    },
    tokenTexts,
    tokenToId: (token) => vocabulary.get(token) ?? null,
    specialIds,
    opensAfter,
    bosId,
    eosId: source.eosId,
    addsBos: bosId !== null && source.encode("", true)[0] === bosId,
    affixes: affixesOf(source),
    vocabularySize: entries.length,
    tokenIds: { end: entries.length, unused: unusedIds(entries) },
  };
}

/** What the tokeniser's post-processor puts around a text. */
function affixesOf(source: ModelTokenizer): Tokenizer["affixes"] {
  const alone = source.encode("a", false);
  const around = source.encode("a", true);
  const at = around.findIndex((_, i) => alone.every((id, j) => around[i + j] === id));
  return { before: Int32Array.from(around.slice(0, at)), after: Int32Array.from(around.slice(at + alone.length)) };
}

/**
 * For tokenisers that put a blank before the first word of a text: leaves it out, as in mid-sentence, up to the first added token. From
 * there on the tokeniser has its way: some put one after every added token, too.
 */
function innerEncoder(raw: Encode, json: TokenizerJson): Encode {
  const added = new Map((json.added_tokens ?? []).map((token) => [token.content, token]));
  const longestFirst = [...added.keys()].sort((a, b) => b.length - a.length);
  const next = longestFirst.length === 0 ? null : new RegExp(longestFirst.map(escapeRegExp).join("|"));
  return (text) => {
    const found = next?.exec(text) ?? null;
    const end = found?.index ?? text.length;
    // Some tokens swallow the white space before them.
    const swallowed = added.get(found?.[0] ?? "")?.lstrip === true;
    const stretch = swallowed ? text.slice(0, end).trimEnd() : text.slice(0, end);
    return [...(stretch === "" ? [] : encodeInside(stretch, raw)), ...raw(text.slice(end))];
  };
}

/** Added tokens, where the tokeniser puts a blank before what follows them. */
function idsBeforeBlanks(raw: Encode, entries: readonly string[], json: TokenizerJson): ReadonlySet<number> {
  const added = json.added_tokens ?? [];
  const puts = added.some(({ id, content }) => {
    const ids = raw(`${content}a`);
    return ids[0] === id && entries[ids[1] ?? -1]?.startsWith("▁") === true;
  });
  return puts ? new Set(added.map(({ id }) => id)) : NO_IDS;
}

const NO_IDS: ReadonlySet<number> = new Set();

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Encodes without the blank that the tokeniser puts before a first word. */
function encodeInside(text: string, raw: Encode): number[] {
  for (const guard of GUARDS) {
    const head = raw(guard);
    const ids = raw(guard + text);
    if (head.every((id, i) => id === ids[i]) && !text.startsWith(guard)) return ids.slice(head.length);
  }
  throw new ConnectorError(`the tokeniser cannot encode ${JSON.stringify(text.slice(0, 40))} apart from what stands before it`);
}

function vocabularyEntries(vocabulary: ReadonlyMap<string, number>): readonly string[] {
  const entries: string[] = [];
  for (const [token, id] of vocabulary) entries[id] = token;
  return entries;
}

/** `entries` has holes there. */
function unusedIds(entries: readonly (string | undefined)[]): readonly number[] {
  return Array.from(entries, (entry, id) => (entry === undefined ? id : -1)).filter((id) => id >= 0);
}

function byteTable(entries: readonly string[], json: TokenizerJson): (id: number) => Uint8Array {
  const spelling = vocabularySpelling(json);
  const added = new Map((json.added_tokens ?? []).map((token) => [token.id, bytesOfAdded(token, spelling)]));
  const known = new Map<number, Uint8Array>();
  return (id) => {
    const found = added.get(id) ?? known.get(id);
    if (found !== undefined) return found;
    const entry = entries[id];
    if (entry === undefined) throw new ConnectorError(`token id ${id} is not in the vocabulary: valid are 0…${entries.length - 1}`);
    const bytes = bytesOfEntry(entry, spelling);
    known.set(id, bytes);
    return bytes;
  };
}

interface PutBlanks {
  /** The tokens open the prompt. */
  readonly first: boolean;
  readonly specialIds: ReadonlySet<number>;
  readonly opensAfter: ReadonlySet<number>;
}

/**
 * Decoding leaves out the blanks that the tokeniser put there: before a text's first word, and after added tokens. Where it puts none after
 * these, a blank behind the special tokens that open a text ("<s>[INST] Hi") is the text's own.
 */
function withoutPutBlanks(
  texts: readonly string[],
  ids: ArrayLike<number>,
  { first, specialIds, opensAfter }: PutBlanks,
): readonly string[] {
  return texts.map((text, i) => {
    const id = numberAt(ids, i);
    const put = i === 0 ? first && !specialIds.has(id) : opensAfter.has(numberAt(ids, i - 1)) && !opensAfter.has(id);
    return put && text.startsWith(" ") ? text.slice(1) : text;
  });
}
