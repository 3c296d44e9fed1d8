import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { maxOf } from "../../src/util/arrays.js";
import { RANDOM_28M, writeModelFolder } from "../shared/random_model.js";

interface TokenizerFile {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
  readonly added_tokens: { readonly id: number; readonly content: string }[];
}

/**
 * The model with random weights, made to chat by another's tokeniser and template: all ids that these lack are words of their own.
 * @returns the folder
 */
export function randomChatModel(folder: string, chatting: string): string {
  if (existsSync(join(folder, "tokenizer.json"))) return folder;
  writeModelFolder(folder, RANDOM_28M);
  for (const name of readdirSync(chatting)) if (name !== "onnx" && name !== "config.json") cpSync(join(chatting, name), join(folder, name));
  const tokenizer = JSON.parse(readFileSync(join(chatting, "tokenizer.json"), "utf8")) as TokenizerFile;
  const known = 1 + maxOf([...Object.values(tokenizer.model.vocab), ...tokenizer.added_tokens.map(({ id }) => id)]);
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false };
  for (let id = known; id < RANDOM_28M.vocabulary; id++) tokenizer.added_tokens.push({ id, content: `<w${id}>`, ...flags });
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  return folder;
}
