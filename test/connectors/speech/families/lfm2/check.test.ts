import { copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CheckRow } from "../../../../../src/connectors/check_row.js";
import { checkLiquid } from "../../../../../src/connectors/speech/families/lfm2/check.js";
import { writeLiquidFolder } from "../../../../support/liquid_folder.js";

const check = (repoId: string): Promise<readonly CheckRow[]> => checkLiquid({ config: { repoId }, device: "cpu", threads: 1 });
const statusOf = (rows: readonly CheckRow[]) => Object.fromEntries(rows.map((row) => [row.check, row.status]));
const row = (rows: readonly CheckRow[], name: string): CheckRow => {
  const found = rows.find((one) => one.check === name);
  if (found === undefined) throw new Error(`no row ${name}`);
  return found;
};

test("the embedded model passes every check", async () => {
  const rows = await check("embedded:nano");
  expect(rows.filter(({ status }) => status === "failed")).toEqual([]);
  expect(Object.keys(statusOf(rows))).toEqual([
    "files",
    "special tokens",
    "end token",
    "mel front end",
    "token embeddings",
    "audio embedding",
    "decoder",
    "decoder: caches",
    "decoder: plan",
    "decoder: right padding",
    "audio encoder",
    "cost of a clip",
    "depthformer",
    "depthformer: caches",
    "depthformer: rows",
    "depthformer: rotary",
    "detokenizer",
  ]);
  expect(row(rows, "special tokens").found).toBe("<|startoftext|> 1, <|im_start|> 6, <|im_end|> 7, <|audio_start|> 128, <|text_end|> 130");
  expect(row(rows, "mel front end").found).toBe("101 frames of 128 bins for 1 s");
  expect(row(rows, "audio encoder").detail).toContain("101 frames → 13 rows");
  expect(row(rows, "cost of a clip").found).toMatch(/^1\.0 s: 13 positions, \d+ ms for features, \d+ ms to encode$/);
  expect(row(rows, "detokenizer").found).toContain("1920 samples a frame");
});

test("inputs and outputs of every graph are told", async () => {
  const told: string[] = [];
  await checkLiquid({
    config: { repoId: writeLiquidFolder() },
    device: "cpu",
    threads: 1,
    onEvent: ({ kind, ...event }) => told.push(`${kind}: ${"message" in event ? event.message : ""}`),
  });
  for (const name of ["decoder", "audio_encoder", "vocoder_depthformer", "audio_detokenizer"]) {
    expect(told.some((line) => line.startsWith(`log: onnx/${name}.onnx\n  in `))).toBe(true);
  }
});

test("what is broken fails by itself, the rest is tried all the same", async () => {
  const folder = writeLiquidFolder();
  truncateSync(join(folder, "onnx/audio_embedding.bin"), 100);
  truncateSync(join(folder, "onnx/decoder.onnx"), 500);
  copyFileSync(join(folder, "onnx/audio_detokenizer.onnx"), join(folder, "onnx/audio_encoder.onnx"));
  writeFileSync(join(folder, "generation_config.json"), JSON.stringify({ eos_token_id: 2 }));
  const rows = await check(folder);
  expect(statusOf(rows)).toMatchObject({
    "special tokens": "passed",
    embeddings: "failed",
    decoder: "failed",
    "audio encoder": "failed",
    depthformer: "passed",
    detokenizer: "passed",
  });
  expect(row(rows, "embeddings").detail).toMatch(/audio_embedding\.bin has 100 bytes, but/);
  expect(row(rows, "decoder").detail).toMatch(/truncated, damaged or no ONNX file/);
  expect(row(rows, "audio encoder").detail).toMatch(/goes in and rows .* come out of no input and output/);
});

test("published errata are told: attention that does not rotate, rows that were normalised", async () => {
  const rows = await check(writeLiquidFolder());
  expect(row(rows, "depthformer: rotary")).toMatchObject({ status: "passed", found: "not rotated" });
  expect(row(rows, "depthformer: caches")).toMatchObject({ status: "passed", found: "the same codes with growing and full caches" });

  const rotating = await check(writeLiquidFolder({ depth: { signature: "current", rotary: true } }));
  expect(row(rotating, "depthformer: rotary")).toMatchObject({ status: "passed", found: "rotated" });
  expect(row(rotating, "depthformer").detail).toBe(row(rows, "depthformer").detail);

  const both = writeLiquidFolder();
  const other = writeLiquidFolder({ audio: "graph" });
  copyFileSync(join(other, "onnx/audio_embedding.onnx"), join(both, "onnx/audio_embedding.onnx"));
  expect(row(await check(both), "audio embedding: graph")).toMatchObject({ status: "passed" });
  const table = readFileSync(join(both, "onnx/audio_embedding.bin"));
  writeFileSync(join(both, "onnx/audio_embedding.bin"), table.fill(0));
  expect(row(await check(both), "audio embedding: graph")).toMatchObject({ status: "failed" });
});

test("graphs that are not there are skipped, and a folder of something else is one failed row", async () => {
  const rows = await check(writeLiquidFolder({ audio: "none", depth: "none", detokenizer: false }));
  expect(statusOf(rows)).toMatchObject({
    "audio embedding": "skipped",
    depthformer: "skipped",
    detokenizer: "skipped",
    "audio encoder": "passed",
  });
  const folder = writeLiquidFolder();
  truncateSync(join(folder, "config.json"), 3);
  expect(await check(folder)).toEqual([
    { check: "files", found: folder, status: "failed", detail: expect.stringMatching(/config\.json is no JSON/) as string },
  ]);
});
