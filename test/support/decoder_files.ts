import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type DecoderShape, decoderGraph } from "./decoder_graph.js";
import { encodeModel, type Graph } from "./onnx_writer.js";

/** Small enough that a pass takes well under a millisecond. */
export const TINY = { vocabulary: 31, hidden: 16, heads: 2, headDim: 8, mlp: 0 } as const;

/** Published layouts in small: one each of what exports differ in. */
export const LAYOUTS = {
  "llama with position_ids": { ...TINY, layers: ["attention", "attention"], positionIds: true, mlp: 24 },
  logits_to_keep: { ...TINY, layers: ["attention", "attention"], positionIds: true, keepInput: "logits_to_keep" },
  num_logits_to_keep: { ...TINY, layers: ["attention"], positionIds: true, keepInput: "num_logits_to_keep" },
  "float16 caches": { ...TINY, layers: ["attention", "attention"], positionIds: true, halfCaches: true },
  "lfm2: convolution and attention": { ...TINY, layers: ["conv", "attention", "conv"], hiddenStates: true },
  "granite hybrid: state space and attention": { ...TINY, layers: ["ssm", "attention", "ssm"] },
  "group query attention": { ...TINY, layers: ["gqa", "conv", "gqa"] },
  "onnxruntime-genai": { ...TINY, seed: 5, layers: ["gqa", "gqa"], hidden: 32, heads: 4, kvHeads: 2, headDim: 16, packed: true },
  "onnxruntime-genai, sliding window": { ...TINY, layers: ["gqa", "gqa"], heads: 2, kvHeads: 1, headDim: 16, packed: true, window: 4 },
  "int32 ids": { ...TINY, layers: ["gqa", "conv"], int32: true },
  "merged with use_cache_branch": { ...TINY, layers: ["attention", "attention"], positionIds: true, useCacheBranch: true },
  "no cache": { ...TINY, layers: ["attention", "attention"], positionIds: true, withoutCache: true },
  "dynamic quantisation": { ...TINY, layers: ["attention", "attention"], positionIds: true, dynamicQuantization: true },
} as const satisfies Record<string, DecoderShape>;

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mllm-shap-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a decoder to a temporary folder; path of its graph. */
export function writeDecoder(shape: DecoderShape, change: (graph: Graph) => Graph = (graph) => graph): string {
  const path = join(temporaryFolder(), "model.onnx");
  writeFileSync(path, encodeModel(change(decoderGraph(shape))));
  return path;
}

/** Moves every weight of at least 64 numbers into one of two data files beside the graph, which are written too. */
export function writeShardedDecoder(shape: DecoderShape): { readonly path: string; readonly shards: readonly string[] } {
  const folder = temporaryFolder();
  const shards = ["model.onnx_data", "model.onnx_data_1"] as const;
  const contents: Uint8Array[][] = [[], []];
  const graph = decoderGraph(shape);
  const weights = graph.weights.map((weight, i) => {
    if (weight.data.byteLength < 256) return weight;
    const shard = contents[i % 2] as Uint8Array[];
    const offset = shard.reduce((sum, part) => sum + part.byteLength, 0);
    shard.push(weight.data);
    return { ...weight, external: { location: shards[i % 2] as string, offset } };
  });
  shards.forEach((name, i) => {
    writeFileSync(join(folder, name), Buffer.concat(contents[i] as Uint8Array[]));
  });
  const path = join(folder, "model.onnx");
  writeFileSync(path, encodeModel({ ...graph, weights }));
  return { path, shards: shards.map((name) => join(folder, name)) };
}
