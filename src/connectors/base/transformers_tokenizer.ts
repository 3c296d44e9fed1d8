import type { PreTrainedTokenizer } from "@huggingface/transformers";
import { ConnectorError } from "../../errors.js";
import { textsFromBytes } from "./decode_tokens.js";
import { bytesOfEntry, dropsFirstBlank, type TokenizerJson, vocabularySpelling } from "./token_bytes.js";
import type { Tokenizer } from "./tokenizer.js";

/** Characters that no vocabulary glues to what follows them: the text after one is encoded as in mid-sentence. */
const GUARDS = ["\n", "\u0001", "\u0003"] as const;

/** `Tokenizer` over a transformers.js tokeniser. */
export function adaptTokenizer(source: PreTrainedTokenizer, json: TokenizerJson): Tokenizer {
  const raw = (text: string, special: boolean): number[] =>
    text === "" && !special ? [] : source.encode(text, { add_special_tokens: special });
  const entries = vocabularyEntries(source);
  const bytes = byteTable(entries, json);
  const prefixed = /^[▁Ġ]/u.test(entries[raw("a", false)[0] ?? -1] ?? "");
  const strips = dropsFirstBlank(json);
  const bosId = source.bos_token_id ?? null;
  return {
    encode: (text, options) => Int32Array.from(prefixed && options?.first !== true ? encodeInside(text, raw) : raw(text, false)),
    decode: (ids, options) =>
      ids.length === 0
        ? ""
        : source.decode(Array.from(ids), { skip_special_tokens: options?.skipSpecialTokens ?? false, clean_up_tokenization_spaces: false }),
    tokenTexts: (ids, options) => {
      const texts = textsFromBytes(Array.from(ids, bytes));
      return strips && options?.first === true ? withoutFirstBlank(texts) : texts;
    },
    tokenToId: (token) => source.get_vocab().get(token) ?? null,
    specialIds: new Set(source.all_special_ids),
    bosId,
    eosId: source.eos_token_id ?? null,
    addsBos: bosId !== null && raw("", true)[0] === bosId,
    vocabularySize: entries.length,
  };
}

/** Encodes without the blank that the tokeniser puts before a first word. */
function encodeInside(text: string, raw: (text: string, special: boolean) => number[]): number[] {
  if (text === "") return [];
  for (const guard of GUARDS) {
    const head = raw(guard, false);
    const ids = raw(guard + text, false);
    if (head.every((id, i) => id === ids[i]) && !text.startsWith(guard)) return ids.slice(head.length);
  }
  throw new ConnectorError(`the tokeniser cannot encode ${JSON.stringify(text.slice(0, 40))} apart from what stands before it`);
}

function vocabularyEntries(source: PreTrainedTokenizer): readonly string[] {
  const entries: string[] = [];
  for (const [token, id] of source.get_vocab()) entries[id] = token;
  return entries;
}

function byteTable(entries: readonly string[], json: TokenizerJson): (id: number) => Uint8Array {
  const spelling = vocabularySpelling(json);
  const added = new Map((json.added_tokens ?? []).map(({ id, content }) => [id, new TextEncoder().encode(content)]));
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

function withoutFirstBlank(texts: readonly string[]): readonly string[] {
  const [first, ...rest] = texts;
  return first?.startsWith(" ") ? [first.slice(1), ...rest] : texts;
}
