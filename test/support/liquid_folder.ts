import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { float32ToHalves } from "../../src/onnx/tensors.js";
import { createRng } from "../../src/random.js";
import { temporaryFolder } from "./decoder_files.js";
import { type DecoderShape, decoderGraph } from "./decoder_graph.js";
import { type DepthShape, type DepthVariant, depthGraph, projectionGraph } from "./depth_graphs.js";
import { GraphSheet } from "./graph_sheet.js";
import { encodeModel, FLOAT, FLOAT16, type Graph, INT64 } from "./onnx_writer.js";
import { writeWideTokenizer } from "./wide_tokenizer.js";

const NANO = fileURLToPath(new URL("../../fixtures/models/nano/audio", import.meta.url));

/** Of the embedded model's tokeniser. */
const VOCABULARY = 855;
const HIDDEN = 16;
const CODES = 2049;
const BINS = 128;
export const DEPTH: DepthShape = { hidden: HIDDEN, codebooks: 8, codes: CODES, heads: 1, headDim: 16, endLikeLast: true };

/** One published layout, in small; all have the same numbers in them. */
export interface FolderLayout {
  /** The embedded model's tokeniser is widened to it. @default 855 */
  readonly vocabulary?: number;
  readonly decoder?: Partial<DecoderShape>;
  /** The decoder takes float16 and gives float16, caches too. */
  readonly half?: boolean;
  /** Weights in data files beside the graph. */
  readonly sharded?: boolean;
  readonly text?: "float32" | "bfloat16" | "float16" | "npy" | "graph";
  readonly audio?: "table" | "graph" | "none";
  readonly depth?: DepthVariant | "none";
  /** Variant C: two graphs in a folder of their own. */
  readonly depthFolder?: boolean;
  readonly detokenizer?: boolean;
  /** Precision in the names of all graphs but these. */
  readonly suffix?: string;
  readonly withoutSuffix?: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Writes a model of random weights with the embedded model's tokeniser; its folder. */
export function writeLiquidFolder(layout: FolderLayout = {}): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "onnx/depthformer"), { recursive: true });
  const vocabulary = layout.vocabulary ?? VOCABULARY;
  writeWideTokenizer(NANO, folder, vocabulary);
  const config = { codebooks: 8, lfm: { vocab_size: vocabulary, hidden_size: HIDDEN }, ...layout.config };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  copyFileSync(join(NANO, "onnx/mel_config.json"), join(folder, "onnx/mel_config.json"));
  const graph = (name: string, model: Graph): void => {
    const suffix = layout.withoutSuffix?.includes(name) ? "" : (layout.suffix ?? "");
    writeFileSync(join(folder, "onnx", `${name}${suffix}.onnx`), encodeModel(model));
  };
  const wide = decoderGraph({ ...DECODER, vocabulary, ...layout.decoder });
  const decoder = layout.half ? halved(wide) : wide;
  if (layout.sharded) writeSharded(join(folder, "onnx"), `decoder${layout.suffix ?? ""}.onnx`, decoder);
  else graph("decoder", decoder);
  graph("audio_encoder", encoderGraph());
  writeText(folder, vocabulary, layout.text ?? "float32", graph);
  writeAudio(folder, layout.audio ?? "table", graph);
  const depth = layout.depth ?? { signature: "current" };
  if (depth !== "none") {
    graph(layout.depthFolder ? "depthformer/depthformer_unified" : "vocoder_depthformer", depthGraph(DEPTH, depth));
    if (depth.signature === "B") graph(layout.depthFolder ? "depthformer/depth_linear" : "vocoder_projection", projectionGraph(DEPTH));
  }
  if (layout.detokenizer !== false) graph("audio_detokenizer", detokenizerGraph());
  return folder;
}

/** The same graph between casts. */
function halved(graph: Graph): Graph {
  const floats = (values: Graph["inputs"]) => values.filter(({ type }) => type === FLOAT).map(({ name }) => name);
  const [inputs, outputs] = [new Set(floats(graph.inputs)), new Set(floats(graph.outputs))];
  const inner = (name: string): string => (inputs.has(name) || outputs.has(name) ? `${name}_wide` : name);
  const cast = (from: string, output: string, to: number) => ({ op: "Cast", inputs: [from], outputs: [output], attributes: { to } });
  const half = (values: Graph["inputs"]) => values.map((value) => (value.type === FLOAT ? { ...value, type: FLOAT16 } : value));
  return {
    ...graph,
    inputs: half(graph.inputs),
    outputs: half(graph.outputs),
    nodes: [
      ...[...inputs].map((name) => cast(name, inner(name), FLOAT)),
      ...graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(inner), outputs: node.outputs.map(inner) })),
      ...[...outputs].map((name) => cast(inner(name), name, FLOAT16)),
    ],
  };
}

const DECODER: DecoderShape = {
  vocabulary: VOCABULARY,
  hidden: HIDDEN,
  heads: 2,
  headDim: 8,
  mlp: 0,
  layers: ["conv", "attention", "conv"],
  hiddenStates: true,
  embeds: true,
};

const drawn = new Map<string, Float32Array>();

/** Numbers that float16 and bfloat16 hold exactly. */
function coarse(seed: string, size: number): Float32Array {
  const rng = createRng(seed);
  const values = drawn.get(seed) ?? Float32Array.from({ length: size }, () => (rng.int(129) - 64) / 64);
  drawn.set(seed, values);
  return values;
}

const tokenRows = (vocabulary: number): Float32Array => coarse(`tokens ${vocabulary}`, vocabulary * HIDDEN);

function writeText(
  folder: string,
  vocabulary: number,
  kind: NonNullable<FolderLayout["text"]>,
  graph: (name: string, model: Graph) => void,
): void {
  const path = join(folder, "onnx/embed_tokens");
  if (kind === "graph") {
    graph("embeddings", embeddingsGraph(vocabulary));
    return;
  }
  if (kind === "npy") {
    writeFileSync(`${path}.npy`, npy(tokenRows(vocabulary), vocabulary, HIDDEN));
    return;
  }
  writeFileSync(`${path}.bin`, tableBytes(tokenRows(vocabulary), kind));
  writeFileSync(`${path}.json`, JSON.stringify({ vocab_size: vocabulary, hidden_size: HIDDEN, dtype: kind, byte_order: "little" }));
}

function writeAudio(folder: string, kind: NonNullable<FolderLayout["audio"]>, graph: (name: string, model: Graph) => void): void {
  if (kind === "none") return;
  const rows = coarse("codes", 8 * CODES * HIDDEN);
  if (kind === "graph") {
    const sheet = new GraphSheet();
    const codes = sheet.input("audio_codes", INT64, ["batch_size", "audio_length"]);
    sheet.output(sheet.op("Gather", [sheet.floats(rows, [8 * CODES, HIDDEN]), codes]), "audio_embeds", FLOAT, [
      "batch_size",
      "audio_length",
      HIDDEN,
    ]);
    graph("audio_embedding", sheet.graph());
    return;
  }
  writeFileSync(join(folder, "onnx/audio_embedding.bin"), tableBytes(rows, "float32"));
  const about = {
    vocab_size: 8 * CODES,
    hidden_size: HIDDEN,
    num_codebooks: 8,
    codebook_vocab: CODES,
    dtype: "float32",
    byte_order: "little",
  };
  writeFileSync(join(folder, "onnx/audio_embedding.json"), JSON.stringify(about));
}

export function tableBytes(values: Float32Array, type: "float32" | "float16" | "bfloat16"): Uint8Array {
  if (type === "float32") return new Uint8Array(values.buffer);
  if (type === "float16") return new Uint8Array(float32ToHalves(values).buffer);
  return new Uint8Array(Uint16Array.from(new Uint32Array(values.buffer), (word) => word >>> 16).buffer);
}

/** Version 1.0 of numpy's format. */
export function npy(values: Float32Array, rows: number, columns: number): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const start = Buffer.from("\x93NUMPY\x01\x00\x00\x00", "latin1");
  start.writeUInt16LE(padded.length, 8);
  return Buffer.concat([start, Buffer.from(padded, "latin1"), new Uint8Array(values.buffer)]);
}

/** onnxruntime-genai: token ids, and encoded audio for the placeholders among them. */
function embeddingsGraph(vocabulary: number): Graph {
  const sheet = new GraphSheet();
  const ids = sheet.input("input_ids", INT64, ["batch_size", "sequence_length"]);
  const features = sheet.input("audio_features", FLOAT, ["num_audio_tokens", HIDDEN]);
  const words = sheet.op("Gather", [sheet.floats(tokenRows(vocabulary), [vocabulary, HIDDEN]), ids]);
  const sum = sheet.op("ReduceSum", [features, sheet.ints([0])], { keepdims: 0 });
  sheet.output(sheet.op("Add", [words, sum]), "inputs_embeds", FLOAT, ["batch_size", "sequence_length", HIDDEN]);
  return sheet.graph();
}

/** Every eighth frame through a matrix: ceil(T / 8) rows. */
function encoderGraph(): Graph {
  const sheet = new GraphSheet();
  const mel = sheet.input("mel_spectrogram", FLOAT, ["batch_size", "time_steps", BINS]);
  const lengths = sheet.input("mel_lengths", INT64, ["batch_size"]);
  const kept = sheet.op("Slice", [mel, sheet.ints([0]), sheet.ints([2 ** 31]), sheet.ints([1]), sheet.ints([8])]);
  const rows = sheet.op("MatMul", [kept, sheet.floats(coarse("encoder", BINS * HIDDEN), [BINS, HIDDEN])]);
  sheet.output(sheet.op("Mul", [rows, sheet.floats([0.1], [])]), "audio_embeddings", FLOAT, ["batch_size", "reduced_time", HIDDEN]);
  const count = sheet.op("Div", [sheet.op("Add", [lengths, sheet.ints([7], [])]), sheet.ints([8], [])]);
  sheet.output(count, "audio_lengths", INT64, ["batch_size"]);
  return sheet.graph();
}

/** Six steps a frame, each as loud as the mean of its codes. */
function detokenizerGraph(): Graph {
  const sheet = new GraphSheet();
  const codes = sheet.input("audio_codes", INT64, ["batch_size", 8, "time"]);
  const mean = sheet.op("ReduceMean", [sheet.op("Cast", [codes], { to: FLOAT })], { axes: [1], keepdims: 0 });
  const one = sheet.op("Unsqueeze", [mean, sheet.ints([2])]);
  const six = sheet.op("Reshape", [sheet.op("Concat", new Array<string>(6).fill(one), { axis: 2 }), sheet.ints([0, -1, 1])]);
  const spectra = sheet.op("Sub", [sheet.op("Mul", [six, sheet.floats(new Float32Array(1282).fill(1e-3), [1282])]), sheet.floats([4], [])]);
  sheet.output(spectra, "stft_features", FLOAT, ["batch_size", "time", 1282]);
  return sheet.graph();
}

function writeSharded(folder: string, name: string, graph: Graph): void {
  const shards = [`${name}_data`, `${name}_data_1`] as const;
  const contents: Uint8Array[][] = [[], []];
  const weights = graph.weights.map((weight, i) => {
    if (weight.data.byteLength < 256) return weight;
    const shard = contents[i % 2] as Uint8Array[];
    const offset = shard.reduce((sum, part) => sum + part.byteLength, 0);
    shard.push(weight.data);
    return { ...weight, external: { location: shards[i % 2] as string, offset } };
  });
  shards.forEach((shard, i) => {
    writeFileSync(join(folder, shard), Buffer.concat(contents[i] as Uint8Array[]));
  });
  writeFileSync(join(folder, name), encodeModel({ ...graph, weights }));
}
