import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { ConnectorError } from "../errors.js";
import { reasonOf } from "../util/errors.js";
import { LimitError, limited } from "./limited.js";

const WHAT = "the model's tokeniser (tokenizer.json)";
/** Normalisers may make a text longer: accents taken apart, blanks spelled out. */
const GROWTH = 32;
const ALWAYS = 4_096;

/** A tokeniser as its files say, within limits of time and memory. */
export interface ModelTokenizer {
  /** @param special with the tokens that its post-processor puts around a text. @throws LimitError where that takes too long or too much. */
  encode(text: string, special: boolean): number[];
  /** Two texts as one, with the tokens that its post-processor puts around and between them; `types`: 0 or 1, the text that a token is of. */
  encodePair(first: string, second: string): { readonly ids: readonly number[]; readonly types: readonly number[] };
  /** Token → id, added tokens with them. */
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly specialIds: readonly number[];
  /** null where the configuration names none, or the vocabulary lacks it. */
  readonly bosId: number | null;
  readonly eosId: number | null;
}

/**
 * @param json, config content of tokenizer.json and tokenizer_config.json, checked.
 * @throws ConnectorError where it is of an unsupported kind.
 */
export function openTokenizer(json: object, config: Readonly<Record<string, unknown>>, folder: string): ModelTokenizer {
  const source = build(json, config, folder);
  const growth = { longest: 0 };
  boundGrowth(source.normalizer as unknown as Normalizer | null, growth);
  const idOf = (name: string): number | null => {
    const token = tokenText(config[name]);
    return token === null ? null : (source.token_to_id(token) ?? null);
  };
  const added = [...source.get_added_tokens_decoder().values()];
  return {
    encode: (text, special) => {
      growth.longest = ALWAYS + GROWTH * text.length;
      return limited(WHAT, () => source.encode(text, { add_special_tokens: special }).ids);
    },
    encodePair: (first, second) => {
      growth.longest = ALWAYS + GROWTH * Math.max(first.length, second.length);
      return limited(WHAT, () => {
        const { ids, token_type_ids: types } = source.encode(first, { text_pair: second, return_token_type_ids: true });
        return { ids, types };
      });
    },
    vocabulary: source.get_vocab(true),
    specialIds: added.filter(({ special }) => special).map(({ id }) => id),
    bosId: idOf("bos_token"),
    eosId: idOf("eos_token"),
  };
}

function build(json: object, config: object, folder: string): LibraryTokenizer {
  try {
    return limited(WHAT, () => new LibraryTokenizer(json, config));
  } catch (cause) {
    if (cause instanceof LimitError) throw cause;
    const why = reasonOf(cause);
    throw new ConnectorError(`the tokeniser in ${folder} cannot be loaded: ${why}`, { cause });
  }
}

/** A token is a text or an object that holds it. */
export function tokenText(token: unknown): string | null {
  if (typeof token === "string") return token;
  const content = typeof token === "object" && token !== null ? (token as { readonly content?: unknown }).content : null;
  return typeof content === "string" ? content : null;
}

interface Normalizer {
  normalize(text: string): string;
  readonly normalizers?: readonly Normalizer[];
}

/** Each step of the normaliser is looked at: a few that make a text twenty times as long fill the memory before the last is through. */
function boundGrowth(normalizer: Normalizer | null, growth: { readonly longest: number }): void {
  if (normalizer === null) return;
  for (const step of normalizer.normalizers ?? []) boundGrowth(step, growth);
  const normalize = normalizer.normalize.bind(normalizer);
  normalizer.normalize = (text) => {
    const out = normalize(text);
    if (out.length > growth.longest) throw new LimitError(`${WHAT} makes a text more than ${GROWTH} times as long and was stopped`);
    return out;
  };
}
