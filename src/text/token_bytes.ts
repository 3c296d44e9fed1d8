import { ConnectorError } from "../errors.js";

/** How a vocabulary spells bytes. */
export type VocabularySpelling =
  /** Every byte is one of 256 printable characters (GPT-2 and its heirs). */
  | "byte-level"
  /** A blank is "▁", bytes without a token are `<0x00>`…`<0xFF>` (SentencePiece). */
  | "metaspace";

/** The parts of tokenizer.json that say how tokens turn into text. */
export interface TokenizerJson {
  readonly decoder?: DecoderJson | null;
  readonly added_tokens?: readonly AddedToken[];
}

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Stands for something that no text says, such as the end of a turn. */
  readonly special?: boolean;
  /** White space before, after the token is dropped. */
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
}

interface DecoderJson {
  readonly type?: string;
  readonly decoders?: readonly DecoderJson[];
  readonly content?: string;
  readonly pattern?: { readonly String?: string };
  readonly prepend_scheme?: "always" | "first" | "never";
  /** What `prepend_scheme` was called before. */
  readonly add_prefix_space?: boolean;
}

/** @throws ConnectorError for a vocabulary that spells text in another way (WordPiece, unigram without blanks…). */
export function vocabularySpelling(json: TokenizerJson): VocabularySpelling {
  const steps = flatten(json.decoder ?? null);
  if (steps.some((step) => step.type === "ByteLevel")) return "byte-level";
  if (steps.some((step) => step.type === "Metaspace" || (step.type === "Replace" && step.pattern?.String === "▁"))) return "metaspace";
  const found = steps.map((step) => step.type).join(", ") || "none";
  throw new ConnectorError(
    `the tokeniser's decoder (${found}) is not supported: valid are byte-level and SentencePiece (metaspace, byte fallback) tokenisers`,
  );
}

/** Decoding drops one blank at the very start of a text, which encoding put there. */
export function dropsFirstBlank(json: TokenizerJson): boolean {
  return flatten(json.decoder ?? null).some((step) => {
    if (step.type !== "Metaspace") return step.type === "Strip";
    return step.prepend_scheme === undefined ? step.add_prefix_space !== false : step.prepend_scheme !== "never";
  });
}

/** UTF-8 bytes of a vocabulary entry that is no added token. */
export function bytesOfEntry(entry: string, spelling: VocabularySpelling): Uint8Array {
  if (spelling === "byte-level") return Uint8Array.from(entry, (character) => byteOf(character));
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(entry);
  if (byte !== null) return Uint8Array.of(Number.parseInt(byte[1] as string, 16));
  return new TextEncoder().encode(entry.replaceAll("▁", " "));
}

/**
 * UTF-8 bytes of an added token. One that is text like any other (a run of blanks, say) is spelled as the vocabulary spells it where
 * blanks are "▁", and as it is in byte-level vocabularies; special ones are as they are.
 */
export function bytesOfAdded({ content, special }: AddedToken, spelling: VocabularySpelling): Uint8Array {
  return special !== true && spelling === "metaspace" ? bytesOfEntry(content, spelling) : new TextEncoder().encode(content);
}

const BYTE_OF_CHARACTER = byteLevelAlphabet();

function byteOf(character: string): number {
  const byte = BYTE_OF_CHARACTER.get(character);
  if (byte === undefined) throw new ConnectorError(`the vocabulary is not byte-level: it has ${JSON.stringify(character)}`);
  return byte;
}

/** GPT-2's alphabet: printable Latin-1 stands for itself, the other 68 bytes for U+0100 and on, in order. */
function byteLevelAlphabet(): ReadonlyMap<string, number> {
  const alphabet = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    alphabet.set(String.fromCharCode(printable ? byte : next++), byte);
  }
  return alphabet;
}

function flatten(decoder: DecoderJson | null): readonly DecoderJson[] {
  if (decoder === null) return [];
  return decoder.type === "Sequence" ? (decoder.decoders ?? []).flatMap(flatten) : [decoder];
}
