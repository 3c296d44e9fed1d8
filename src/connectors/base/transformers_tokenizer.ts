import type { PreTrainedTokenizer } from "@huggingface/transformers";
import { ConnectorError } from "../../errors.js";
import { textsFromBytes } from "./decode_tokens.js";
import { bytesOfAdded, bytesOfEntry, dropsFirstBlank, type TokenizerJson, vocabularySpelling } from "./token_bytes.js";
import type { Tokenizer } from "./tokenizer.js";

/** Characters that no vocabulary glues to what follows them: the text after one is encoded as in mid-sentence. */
const GUARDS = ["\n", "\u0001", "\u0003"] as const;

/** Encodes a stretch of text without special tokens. */
type Encode = (text: string) => number[];

/** `Tokenizer` over a transformers.js tokeniser. */
export function adaptTokenizer(source: PreTrainedTokenizer, json: TokenizerJson): Tokenizer {
  const raw: Encode = (text) => (text === "" ? [] : source.encode(text, { add_special_tokens: false }));
  const vocabulary = source.get_vocab();
  const entries = vocabularyEntries(vocabulary);
  const bytes = byteTable(entries, json);
  const prefixes = /^[▁Ġ]/u.test(entries[raw("a")[0] ?? -1] ?? "");
  const strips = dropsFirstBlank(json);
  const specialIds: ReadonlySet<number> = new Set(source.all_special_ids);
  const bosId = source.bos_token_id ?? null;
  const encodePrefixed = sectionEncoder(raw, json);
  const tokenTexts: Tokenizer["tokenTexts"] = (ids, options) => {
    const texts = textsFromBytes(Array.from(ids, bytes));
    return strips && options?.first === true ? withoutFirstBlank(texts, ids, specialIds) : texts;
  };
  return {
    encode: (text, options) => Int32Array.from(prefixes ? encodePrefixed(text, options?.first === true) : raw(text)),
    decode: (ids, options) => {
      const shown = options?.skipSpecialTokens === true ? Array.from(ids).filter((id) => !specialIds.has(id)) : ids;
      return tokenTexts(shown, { first: true }).join("");
    },
    tokenTexts,
    tokenToId: (token) => vocabulary.get(token) ?? null,
    specialIds,
    bosId,
    eosId: source.eos_token_id ?? null,
    addsBos: bosId !== null && source.encode("", { add_special_tokens: true })[0] === bosId,
    affixes: affixesOf(source),
    vocabularySize: entries.length,
  };
}

/** What the tokeniser's post-processor puts around a text. */
function affixesOf(source: PreTrainedTokenizer): Tokenizer["affixes"] {
  const alone = source.encode("a", { add_special_tokens: false });
  const around = source.encode("a", { add_special_tokens: true });
  const at = around.findIndex((_, i) => alone.every((id, j) => around[i + j] === id));
  return { before: Int32Array.from(around.slice(0, at)), after: Int32Array.from(around.slice(at + alone.length)) };
}

/**
 * For tokenisers that put a blank before the first word of a text, and of every stretch after an added token: keeps it
 * where a prompt's first word stands, and leaves it out elsewhere.
 */
function sectionEncoder(raw: Encode, json: TokenizerJson): (text: string, first: boolean) => number[] {
  const added = new Map((json.added_tokens ?? []).map((token) => [token.content, token]));
  const longestFirst = [...added.keys()].sort((a, b) => b.length - a.length);
  const split = longestFirst.length === 0 ? null : new RegExp(`(${longestFirst.map(escapeRegExp).join("|")})`);
  return (text, first) => {
    let opening = first;
    const sections = split === null ? [text] : text.split(split);
    return sections.flatMap((section, i) => {
      const token = added.get(section);
      if (token !== undefined) return [token.id];
      // Some tokens swallow the white space beside them.
      const right = added.get(sections[i + 1] ?? "")?.lstrip === true ? section.trimEnd() : section;
      const stretch = added.get(sections[i - 1] ?? "")?.rstrip === true ? right.trimStart() : right;
      if (stretch === "") return [];
      const ids = opening ? raw(stretch) : encodeInside(stretch, raw);
      opening = false;
      return ids;
    });
  };
}

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

/** Decoding leaves out the blank that was put before the prompt's first word. */
function withoutFirstBlank(texts: readonly string[], ids: ArrayLike<number>, specialIds: ReadonlySet<number>): readonly string[] {
  const at = texts.findIndex((_, i) => !specialIds.has(ids[i] as number));
  return texts[at]?.startsWith(" ") ? texts.with(at, (texts[at] as string).slice(1)) : texts;
}
