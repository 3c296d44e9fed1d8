import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface TokenizerJson {
  readonly model: { vocab: Record<string, number>; merges: string[] };
}

const FILES = ["tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "chat_template.jinja"];

/**
 * Writes a tokeniser with `size` entries: the one of `from`, whose texts keep their tokens unless bytes stand side by side that none
 * of its merges joins; then pairs and triples of bytes in made-up order.
 */
export function writeWideTokenizer(from: string, folder: string, size: number): void {
  for (const name of FILES) if (existsSync(join(from, name))) copyFileSync(join(from, name), join(folder, name));
  const tokenizer = JSON.parse(readFileSync(join(from, "tokenizer.json"), "utf8")) as TokenizerJson;
  const { vocab, merges } = tokenizer.model;
  const letters = Object.keys(vocab).filter((entry) => entry.length === 1);
  let count = Object.keys(vocab).length;
  const widen = (heads: readonly string[]): void => {
    for (const head of heads) {
      for (const letter of letters) {
        if (count >= size) return;
        const entry = head + letter;
        if (entry in vocab) continue;
        vocab[entry] = count++;
        merges.push(`${head} ${letter}`);
      }
    }
  };
  widen(letters);
  widen(Object.keys(vocab).filter((entry) => entry.length === 2));
  if (count < size) throw new Error(`${count} entries at most`);
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
}
