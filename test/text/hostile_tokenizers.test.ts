import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.js";
import { loadTokenizer } from "../../src/text/load_tokenizer.js";
import { nanoFolder } from "../support/nano_folder.js";
import { TOKENIZER_FOLDERS } from "../support/tokenizers.js";

type Json = Readonly<Record<string, unknown>>;
const nano = JSON.parse(readFileSync(join(TOKENIZER_FOLDERS.nano, "tokenizer.json"), "utf8")) as { readonly model: Json };

const sequence = (...normalizers: Json[]): Json => ({ normalizer: { type: "Sequence", normalizers } });
const replace = (content: unknown): Json => ({ type: "Replace", pattern: { String: "a" }, content });
const split = (Regex: string): Json => ({ pre_tokenizer: { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false } });

test.each([
  [
    "a blank that is five million letters",
    { normalizer: { type: "Prepend", prepend: "x".repeat(5_000_000) } },
    /normalizer\.prepend: is longer than 256 characters/,
  ],
  [
    "six replacements, each twenty times as long",
    sequence(...Array.from({ length: 6 }, () => replace("a".repeat(20)))),
    /may make a text more than 4096 times as long/,
  ],
  ["null in the place of a text", sequence(replace(null)), /normalizer\.normalizers\.0\.content: .*expected string/],
  ["an id of a billion", { model: { ...nano.model, vocab: { a: 1_000_000_000 } } }, /model\.vocab\.a: is beyond 4194303/],
  ["the largest id of 32 bits", { model: { ...nano.model, vocab: { a: 4_294_967_294 } } }, /model\.vocab\.a: is beyond 4194303/],
  ["an added token of id −1", { added_tokens: [{ id: -1, content: "x" }] }, /added_tokens\.0\.id/],
  ["an empty vocabulary", { model: { ...nano.model, vocab: {} } }, /has an empty vocabulary/],
  ["a vocabulary that is a text", { model: { ...nano.model, vocab: "a" } }, /model\.vocab: is neither an object of tokens/],
  ["no model", { model: null }, /model: /],
] as const)("%s is refused as the tokeniser is read", async (_, keys, problem) => {
  const folder = nanoFolder(keys as Json);
  await expect(loadTokenizer(folder)).rejects.toThrow(ConnectorError);
  await expect(loadTokenizer(folder)).rejects.toThrow(problem);
});

test.each([
  ["normaliser", { normalizer: { type: "Replace", pattern: { Regex: "((\\w+)+)+#" }, content: "x" } }],
  ["pre-tokeniser", split("((\\w+)+)+#")],
] as const)("a regular expression of the %s that goes back and forth for ever is stopped", async (_, keys) => {
  const { tokenizer } = await loadTokenizer(nanoFolder(keys as Json));
  const encode = () => tokenizer.encode("a".repeat(40), { first: true });
  expect(encode).toThrow(/^the model's tokeniser \(tokenizer\.json\) takes longer than 3 s and was stopped$/);
});

test("a normaliser that makes a text much longer is stopped on its way", async () => {
  const { tokenizer } = await loadTokenizer(nanoFolder(sequence(replace("a".repeat(60)), replace("a".repeat(60)))));
  expect(tokenizer.encode("turn on", { first: true }).length).toBeGreaterThan(0);
  expect(() => tokenizer.encode("a".repeat(1_000), { first: true })).toThrow(/makes a text more than 32 times as long/);
});

test.each([{}, "x", 1e9, -1, 1.5, [2, "x"], [null]])("an end token of %j is none", async (eos) => {
  const folder = nanoFolder();
  writeFileSync(join(folder, "generation_config.json"), JSON.stringify({ eos_token_id: eos }));
  await expect(loadTokenizer(folder)).rejects.toThrow(/generation_config\.json: eos_token_id is .*, not a token's id/);
});

test.each([7, [7, 2], null])("an end token of %j is one, or left to others", async (eos) => {
  const folder = nanoFolder();
  writeFileSync(join(folder, "generation_config.json"), JSON.stringify({ eos_token_id: eos }));
  expect((await loadTokenizer(folder)).eosIds.length).toBeGreaterThan(0);
});
