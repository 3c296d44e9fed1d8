import { availableParallelism } from "node:os";
import { cacheRowBytes } from "./cache.js";
import { decode } from "./decode.js";
import type { DecoderIo } from "./discover.js";
import { findEmbeddingTable } from "./embedding_table.js";
import { DecoderGraph, type Embed } from "./graph.js";
import { hiddenStates } from "./hidden.js";
import { countParameters, type OnnxFile, quantisesActivations, readOnnxFile } from "./onnx_file.js";
import type { ModelSize } from "./plan.js";
import { type Feeder, PrefixSnapshots } from "./prefill.js";
import { type Capabilities, probeCapabilities } from "./probe.js";
import { type ForcedOptions, force, type ScoreTargets, scoreTargets } from "./score.js";
import { openSession, type SessionOptions } from "./session.js";
import type { DecodeOptions } from "./step_policy.js";

export interface EngineOptions extends SessionOptions {
  /** Bytes that one batch may take. */
  readonly memory: number;
  /** Rows of a batch at most; null = by memory and work. 1 runs every prompt alone, from its first token. */
  readonly batchSize: number | null;
  /** Feed what several prompts start with once. @default true */
  readonly shareStarts?: boolean;
  /** Where the metadata does not tell, from config.json. */
  readonly vocabulary: number;
  /** Token embeddings for an `inputs_embeds` graph. */
  readonly embed?: Embed;
}

/** A decoder with the best plan that its graph allows. */
export interface DecoderEngine {
  readonly onnx: OnnxFile;
  readonly provider: string;
  readonly can: Capabilities;
  readonly spent: { readonly tokens: number; readonly passes: number };
  /** The last positions' hidden states can be had. */
  readonly hasHidden: boolean;
  /** The plan in words. */
  readonly plan: string;
  decode(prompts: readonly Int32Array[], options: DecodeOptions): Promise<void>;
  force(prompts: readonly Int32Array[], options: ForcedOptions): Promise<void>;
  score(prompts: readonly Int32Array[], options: ScoreTargets): Promise<readonly Float64Array[]>;
  /** Per row `[row.length, hidden]` row-major; only where `hasHidden`. */
  hiddenStates(rows: readonly Int32Array[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
  release(): Promise<void>;
}

/**
 * Opens a decoder graph, finds what it is fed, and tries what it can do.
 * @param path absolute path of the ONNX file.
 * @throws ConnectorError where it cannot be loaded or its inputs are not understood.
 */
export async function openDecoder(path: string, options: EngineOptions): Promise<DecoderEngine> {
  const opened = await openSession(path, options);
  const onnx = readOnnxFile(path);
  const graph = new DecoderGraph(opened, options.embed ?? null);
  const vocabulary = graph.io.logits.vocabulary ?? options.vocabulary;
  const can = await capabilities(graph, onnx, vocabulary, options.batchSize);
  const feeder: Feeder = {
    graph,
    can,
    size: modelSize(graph.io, onnx, vocabulary),
    limits: {
      memory: options.memory,
      threads: options.threads > 0 ? options.threads : availableParallelism(),
      maxRows: options.batchSize,
    },
    share: options.shareStarts !== false,
    snapshots: new PrefixSnapshots(),
  };
  const plan = planInWords(can);
  options.onEvent?.({ kind: "log", message: `plan: ${plan}` });
  return {
    onnx,
    provider: graph.provider,
    can,
    spent: graph.spent,
    hasHidden: graph.io.hidden !== null,
    plan,
    decode: (prompts, o) => decode(feeder, prompts, o),
    force: (prompts, o) => force(feeder, prompts, o),
    score: (prompts, o) => scoreTargets(feeder, prompts, o),
    hiddenStates: (rows, signal) => hiddenStates(feeder, rows, signal),
    release: () => graph.release(),
  };
}

function modelSize(io: DecoderIo, onnx: OnnxFile, vocabulary: number): ModelSize {
  const keys = io.caches.filter((slot) => slot.kind === "key");
  const cached = Math.max(1, ...keys.map((slot) => slot.dims.reduce<number>((product, dim) => product * (dim ?? 1), 1)));
  const headDim = Math.max(1, ...keys.map((slot) => slot.dims.at(-1) ?? 1));
  // Queries have as many heads as make up the hidden size, of which several may share a cached one.
  const width = Math.max(cached, io.input.hidden ?? io.hidden?.size ?? findEmbeddingTable(onnx)?.hidden ?? 4 * cached);
  const { perToken, fixed } = cacheRowBytes(io.caches);
  const attention = { layers: keys.length, heads: Math.ceil(width / headDim), width };
  return { parameters: countParameters(onnx), vocabulary, cacheBytesPerToken: perToken, stateBytes: fixed, attention };
}

async function capabilities(graph: DecoderGraph, onnx: OnnxFile, vocabulary: number, batchSize: number | null): Promise<Capabilities> {
  const tokens = Int32Array.from({ length: 10 }, (_, i) => (i * 7 + 3) % vocabulary);
  const found = await probeCapabilities(graph, tokens);
  graph.spent.tokens = 0;
  graph.spent.passes = 0;
  const plain = batchSize === 1 || quantisesActivations(onnx);
  return plain ? { ...found, rowsIndependent: false, batch: false, stepBatch: false, chunkBatch: false, chunkSingle: false } : found;
}

function planInWords(can: Capabilities): string {
  if (!can.rowsIndependent) return "each prompt alone and whole";
  const prefix = can.chunkBatch
    ? "shared prefix copied to every row"
    : can.chunkSingle
      ? "shared prefix, then row by row"
      : "every prompt whole";
  const batch = can.batch ? "batches of equal length" : "one row at a time";
  return `${batch}, ${prefix}${can.cache ? "" : ", no cache"}${can.logitsToKeep ? ", only the logits that are read" : ""}`;
}
