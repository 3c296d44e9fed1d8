import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Value = string | number | boolean | bigint | readonly Value[];

/** Where numbers of each type stand, by the type's number in the format. */
const NUMBERS: Readonly<Record<number, readonly [bytes: number, read: (bytes: Buffer, at: number) => Value]>> = {
  0: [1, (bytes, at) => bytes.readUInt8(at)],
  1: [1, (bytes, at) => bytes.readInt8(at)],
  2: [2, (bytes, at) => bytes.readUInt16LE(at)],
  3: [2, (bytes, at) => bytes.readInt16LE(at)],
  4: [4, (bytes, at) => bytes.readUInt32LE(at)],
  5: [4, (bytes, at) => bytes.readInt32LE(at)],
  6: [4, (bytes, at) => bytes.readFloatLE(at)],
  7: [1, (bytes, at) => bytes.readUInt8(at) !== 0],
  10: [8, (bytes, at) => bytes.readBigUInt64LE(at)],
  11: [8, (bytes, at) => bytes.readBigInt64LE(at)],
  12: [8, (bytes, at) => bytes.readDoubleLE(at)],
};
const TEXT = 8;
const LIST = 9;

class Reader {
  private at = 8;

  constructor(private readonly bytes: Buffer) {}

  value(type: number): Value {
    if (type === TEXT) return this.text();
    if (type === LIST) {
      const inner = this.word();
      return Array.from({ length: this.long() }, () => this.value(inner));
    }
    const number = NUMBERS[type];
    if (number === undefined) throw new Error(`unknown type ${type}`);
    return number[1](this.bytes, this.step(number[0]));
  }

  text(): string {
    const length = this.long();
    const start = this.step(length);
    return this.bytes.toString("utf8", start, start + length);
  }

  word(): number {
    return this.bytes.readUInt32LE(this.step(4));
  }

  long(): number {
    return Number(this.bytes.readBigUInt64LE(this.step(8)));
  }

  private step(bytes: number): number {
    this.at += bytes;
    return this.at - bytes;
  }
}

/** Metadata of a GGUF file, as its format documents it. */
function ggufMetadata(path: string): ReadonlyMap<string, Value> {
  const bytes = readFileSync(path);
  if (bytes.toString("latin1", 0, 4) !== "GGUF") throw new Error(`${path} is no GGUF file`);
  const reader = new Reader(bytes);
  reader.long();
  const entries = reader.long();
  const metadata = new Map<string, Value>();
  for (let i = 0; i < entries; i++) {
    const key = reader.text();
    metadata.set(key, reader.value(reader.word()));
  }
  return metadata;
}

/** What GGUF calls a control token. */
const CONTROL = 3;

/** Writes tokenizer.json and tokenizer_config.json of a byte-level BPE model with digits apart (`smollm`), made of its GGUF file alone. */
export function writeTokenizer(gguf: string, folder: string): string {
  const metadata = ggufMetadata(gguf);
  const listOf = (key: string) => metadata.get(`tokenizer.ggml.${key}`) as readonly Value[];
  const tokens = listOf("tokens") as readonly string[];
  const types = listOf("token_type") as readonly number[];
  const split = [
    { type: "Digits", individual_digits: true },
    { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  ];
  const json = {
    version: "1.0",
    added_tokens: tokens.flatMap((content, id) => (types[id] === CONTROL ? [{ id, content, special: true, ...PLAIN }] : [])),
    normalizer: null,
    pre_tokenizer: { type: "Sequence", pretokenizers: split },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: "BPE", vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges: listOf("merges") },
  };
  const eos = tokens[Number(metadata.get("tokenizer.ggml.eos_token_id"))];
  const config = { tokenizer_class: "GPT2Tokenizer", eos_token: eos, chat_template: metadata.get("tokenizer.chat_template") };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(json));
  writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify(config));
  return folder;
}

const PLAIN = { single_word: false, lstrip: false, rstrip: false, normalized: false };
