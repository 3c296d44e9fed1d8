import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cacheUpdates } from "../../src/decoding/cache_updates.js";
import { type EngineOptions, openDecoder } from "../../src/decoding/engine.js";
import { type EditedFile, withCacheUpdates } from "../../src/decoding/file_edits.js";
import type { RunEvent } from "../../src/events.js";
import { holdModel } from "../../src/onnx/numbering/nodes.js";
import { readOnnxFile } from "../../src/onnx/onnx_file.js";
import { LAYOUTS, TINY, writeDecoder, writeShardedDecoder } from "../support/decoder_files.js";
import { greedy, naiveGreedy } from "../support/naive_decoding.js";
import type { Graph } from "../support/onnx_writer.js";

const OPTIONS = { device: "cpu", threads: 1, memory: 2 ** 30, batchSize: null, vocabulary: TINY.vocabulary, largeCache: 0 } as const;
const NEW_ONLY = /of caches only what is new is fetched/;
const prompts = Array.from({ length: 12 }, (_, i) => Int32Array.of(3, 11, 5, (i * 7) % 31, 9, (i * 5) % 31));

async function planOf(path: string, more: Partial<EngineOptions> = {}): Promise<string> {
  const engine = await openDecoder(path, { ...OPTIONS, ...more });
  await engine.release();
  return engine.plan;
}

test("which layouts let what is new of their caches be told", async () => {
  const found = await Promise.all(Object.entries(LAYOUTS).map(async ([name, shape]) => [name, await planOf(writeDecoder(shape))] as const));
  const without = found.filter(([, plan]) => !NEW_ONLY.test(plan)).map(([name]) => name);
  expect(without.sort()).toEqual(["no cache"]);
});

test("small caches are fetched whole: there is nothing to gain", async () => {
  const path = writeDecoder(LAYOUTS["llama with position_ids"]);
  expect(await planOf(path, { largeCache: 257 })).not.toMatch(NEW_ONLY);
  expect(await planOf(path, { largeCache: 256 })).toMatch(NEW_ONLY);
});

test("outputs put behind a file are outputs of its graph, its weights beside it included", async () => {
  const { path } = writeShardedDecoder(LAYOUTS["llama with position_ids"]);
  expect(await planOf(path)).toMatch(NEW_ONLY);
  const onnx = readOnnxFile(path);
  const { model, updates } = withCacheUpdates(onnx) as EditedFile;
  const { outputs, weights } = holdModel(Buffer.from(model.bytes));
  expect([...outputs]).toEqual([...onnx.outputs.map(({ name }) => name), ...updates.values()]);
  expect([...weights.keys()]).toEqual([...onnx.initializers.keys()]);
  expect(model.bytes.length).toBeLessThan(readFileSync(path).length + 200);
});

/** Keys are appended to what came in as values, and the other way round: every name is as it should be, and nothing else. */
function crossed(graph: Graph): Graph {
  const other: Readonly<Record<string, string>> = {
    "past_key_values.0.key": "past_key_values.0.value",
    "past_key_values.0.value": "past_key_values.0.key",
  };
  const inputs = (names: readonly string[]): readonly string[] => names.map((name) => other[name] ?? name);
  return { ...graph, nodes: graph.nodes.map((node) => (node.op === "Concat" ? { ...node, inputs: inputs(node.inputs) } : node)) };
}

test("a graph whose caches are not what its nodes seem to say has them fetched whole", async () => {
  const path = writeDecoder(LAYOUTS["llama with position_ids"], crossed);
  expect(cacheUpdates(readOnnxFile(path)).size).toBeGreaterThan(0);
  const events: RunEvent[] = [];
  expect(await planOf(path, { onEvent: (event) => events.push(event) })).not.toMatch(NEW_ONLY);
  expect(events.filter((event) => event.kind === "log" && /runs on cpu/.test(event.message))).toHaveLength(1);
});

test("answers are the naive loop's however often the memory of caches is used again", async () => {
  const settings = { steps: 12, endId: 4 };
  for (const layout of ["llama with position_ids", "lfm2: convolution and attention", "float16 caches"] as const) {
    const path = writeDecoder(LAYOUTS[layout]);
    const engine = await openDecoder(path, OPTIONS);
    const naive = await naiveGreedy(path, prompts, settings);
    for (let round = 0; round < 3; round++) expect(await greedy(engine, prompts, settings)).toEqual(naive);
    await engine.release();
  }
});
