import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { answerRoom, readContextWindow } from "../../src/chat/context_window.js";
import { ContextError } from "../../src/errors.js";
import { temporaryFolder } from "../support/decoder_files.js";

const folderWith = (files: Readonly<Record<string, unknown>>): string => {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
  return folder;
};

test.each([
  [
    "Llama and its like",
    { max_position_embeddings: 131_072, rope_scaling: { factor: 8, original_max_position_embeddings: 8192 } },
    131_072,
  ],
  ["a sliding window is no limit", { max_position_embeddings: 32_768, sliding_window: 512 }, 32_768],
  ["GPT-2", { n_positions: 1024, n_ctx: 1024 }, 1024],
  ["MPT", { max_seq_len: 2048 }, 2048],
  ["text within a multimodal model", { text_config: { max_position_embeddings: 8192 } }, 8192],
  ["nothing stated", { model_type: "mamba" }, null],
  ["nonsense stated", { max_position_embeddings: -1, n_positions: "many" }, null],
])("%s", async (_, config, window) => {
  expect(await readContextWindow(folderWith({ "config.json": config }))).toBe(window);
});

test("other files and other parts of config.json speak where the usual place does not", async () => {
  const genai = { model: { context_length: 4096 } };
  expect(await readContextWindow(folderWith({ "genai_config.json": genai }))).toBe(4096);
  expect(await readContextWindow(folderWith({ "genai_config.json": genai, "config.json": { n_positions: 512 } }))).toBe(512);
  expect(await readContextWindow(folderWith({ "config.json": { lfm: { max_position_embeddings: 128_000 } } }), ["lfm"])).toBe(128_000);
  expect(await readContextWindow(temporaryFolder())).toBeNull();
});

test("room for an answer, or an error with both numbers", () => {
  expect(answerRoom(null)).toBe(Infinity);
  expect(answerRoom({ used: 90, window: 100 })).toBe(10);
  expect(answerRoom({ used: 90, window: 100 }, 10)).toBe(10);
  const refuse = (used: number, needed?: number) => () => answerRoom({ used, window: 100 }, needed);
  expect(refuse(101)).toThrow(new ContextError("the conversation takes 101 tokens, but the model's context window is 100"));
  expect(refuse(100)).toThrow("the conversation takes 100 of the 100 tokens of the model's context window: no room for an answer");
  expect(refuse(90, 11)).toThrow("the conversation takes 90 of the 100 tokens of the model's context window: no room for the answer of 11");
});
