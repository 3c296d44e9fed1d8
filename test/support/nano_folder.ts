import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./decoder_files.js";
import { TOKENIZER_FOLDERS } from "./tokenizers.js";

type Json = Readonly<Record<string, unknown>>;

/** A copy of the embedded text model without its template, keys of its tokeniser's files replaced. */
export function nanoFolder(tokenizer: Json = {}, config: Json = {}): string {
  const folder = temporaryFolder();
  cpSync(TOKENIZER_FOLDERS.nano, folder, { recursive: true });
  rmSync(join(folder, "chat_template.jinja"), { force: true });
  const patch = (name: string, keys: Json): void => {
    const json = JSON.parse(readFileSync(join(folder, name), "utf8")) as Json;
    writeFileSync(join(folder, name), JSON.stringify({ ...json, ...keys }));
  };
  patch("tokenizer.json", tokenizer);
  patch("tokenizer_config.json", { chat_template: null, ...config });
  return folder;
}
