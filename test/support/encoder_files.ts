import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./decoder_files.js";
import { encodeModel, FLOAT, type Graph, INT64, type Node, type ValueInfo } from "./onnx_writer.js";

const VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "on", "off", "light", "fan"];
const HIDDEN = 2;
/** Token t embeds as (t, t²). */
const WEIGHTS = Float32Array.from(VOCABULARY.flatMap((_, t) => [t, t * t]));

export interface EncoderShape {
  readonly inputs?: readonly string[];
  readonly output?: string;
  readonly maxTokens?: number;
  /** Of config.json. @default bert */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The graph pools: the mean of its rows. */
  readonly pools?: boolean;
  /** In place of the graph that looks vectors up. */
  readonly graph?: Graph;
}

/** A BERT-like encoder that only looks vectors up, in a folder of its own. */
export function writeEncoder({
  inputs = ["input_ids", "attention_mask", "token_type_ids"],
  output = "last_hidden_state",
  maxTokens = 8,
  config = { model_type: "bert" },
  pools = false,
  graph,
  folder = temporaryFolder(),
}: EncoderShape & { readonly folder?: string } = {}): string {
  const write = (name: string, content: unknown): void => writeFileSync(join(folder, name), JSON.stringify(content));
  const special = (id: number) => ({
    id,
    content: VOCABULARY[id],
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  });
  const piece = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  write("config.json", { ...config, max_position_embeddings: maxTokens });
  write("tokenizer_config.json", {
    tokenizer_class: "BertTokenizer",
    model_max_length: 512,
    cls_token: "[CLS]",
    sep_token: "[SEP]",
    unk_token: "[UNK]",
    pad_token: "[PAD]",
  });
  write("tokenizer.json", {
    version: "1.0",
    added_tokens: [0, 1, 2, 3].map(special),
    normalizer: null,
    pre_tokenizer: { type: "Whitespace" },
    post_processor: {
      type: "TemplateProcessing",
      single: [piece("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, piece("[SEP]")],
      pair: [
        piece("[CLS]"),
        { Sequence: { id: "A", type_id: 0 } },
        piece("[SEP]"),
        { Sequence: { id: "B", type_id: 1 } },
        { SpecialToken: { id: "[SEP]", type_id: 1 } },
      ],
      special_tokens: { "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] }, "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] } },
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(VOCABULARY.map((token, id) => [token, id])),
    },
  });
  const ids = (name: string): ValueInfo => ({ name, type: INT64, dims: ["batch", "tokens"] });
  const gathered = pools ? "rows" : output;
  const nodes: Node[] = [{ op: "Gather", inputs: ["weights", inputs[0] as string], outputs: [gathered] }];
  if (pools) nodes.push({ op: "ReduceMean", inputs: [gathered], outputs: [output], attributes: { axes: [1], keepdims: 0 } });
  mkdirSync(join(folder, "onnx"));
  const own: Graph = {
    inputs: inputs.map(ids),
    outputs: [{ name: output, type: FLOAT, dims: pools ? ["batch", HIDDEN] : ["batch", "tokens", HIDDEN] }],
    nodes,
    weights: [{ name: "weights", type: FLOAT, dims: [VOCABULARY.length, HIDDEN], data: new Uint8Array(WEIGHTS.buffer) }],
  };
  writeFileSync(join(folder, "onnx", "model.onnx"), encodeModel(graph ?? own));
  return folder;
}

/** What each token, and each text of a pair, adds to the logits of contradiction, entailment and neutral. */
export const TOKEN_LOGITS = VOCABULARY.map((_, t) => [0.5 * t, -0.25 * t * t, t % 3]);
export const TEXT_LOGITS = [
  [0, 0, 0],
  [-1, 3, 0.5],
];

/** A cross-encoder whose logits are the mean over tokens of what tokens and texts add. */
export function writeCrossEncoder({
  labels = ["contradiction", "entailment", "neutral"],
  output = "logits",
  maxTokens = 64,
  folder = temporaryFolder(),
}: {
  readonly labels?: readonly string[];
  readonly output?: string;
  readonly maxTokens?: number;
  readonly folder?: string;
} = {}): string {
  const ids = (name: string): ValueInfo => ({ name, type: INT64, dims: ["batch", "tokens"] });
  const weight = (name: string, rows: readonly (readonly number[])[]) => ({
    name,
    type: FLOAT,
    dims: [rows.length, 3],
    data: new Uint8Array(Float32Array.from(rows.flat()).buffer),
  });
  const graph: Graph = {
    inputs: ["input_ids", "attention_mask", "token_type_ids"].map(ids),
    outputs: [{ name: output, type: FLOAT, dims: ["batch", 3] }],
    nodes: [
      { op: "Gather", inputs: ["tokens_add", "input_ids"], outputs: ["of_tokens"] },
      { op: "Gather", inputs: ["texts_add", "token_type_ids"], outputs: ["of_texts"] },
      { op: "Add", inputs: ["of_tokens", "of_texts"], outputs: ["rows"] },
      { op: "ReduceMean", inputs: ["rows"], outputs: [output], attributes: { axes: [1], keepdims: 0 } },
    ],
    weights: [weight("tokens_add", TOKEN_LOGITS), weight("texts_add", TEXT_LOGITS)],
  };
  const id2label = Object.fromEntries(labels.map((label, i) => [i, label]));
  return writeEncoder({ folder, graph, maxTokens, config: { model_type: "bert", id2label } });
}
