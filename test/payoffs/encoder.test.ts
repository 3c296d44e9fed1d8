import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RunEvent } from "../../src/events.js";
import { embeddingPayoff } from "../../src/payoffs/embedding.js";
import { type EncoderOptions, loadEncoder } from "../../src/payoffs/encoder.js";
import { temporaryFolder } from "../support/decoder_files.js";
import { response } from "../support/fakes.js";
import { encodeModel, FLOAT, INT64, type Node, type ValueInfo } from "../support/onnx_writer.js";

const VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "on", "off", "light", "fan"];
const HIDDEN = 2;
/** Token t embeds as (t, t²). */
const WEIGHTS = Float32Array.from(VOCABULARY.flatMap((_, t) => [t, t * t]));

interface Shape {
  readonly inputs?: readonly string[];
  readonly output?: string;
  readonly maxTokens?: number;
  /** The graph pools: the mean of its rows. */
  readonly pools?: boolean;
}

/** A BERT-like encoder that only looks vectors up, in a folder of its own. */
function writeEncoder({
  inputs = ["input_ids", "attention_mask", "token_type_ids"],
  output = "last_hidden_state",
  maxTokens = 8,
  pools = false,
}: Shape = {}): string {
  const folder = temporaryFolder();
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
  write("config.json", { model_type: "bert", max_position_embeddings: maxTokens });
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
      pair: [],
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
  const model = encodeModel({
    inputs: inputs.map(ids),
    outputs: [{ name: output, type: FLOAT, dims: pools ? ["batch", HIDDEN] : ["batch", "tokens", HIDDEN] }],
    nodes,
    weights: [{ name: "weights", type: FLOAT, dims: [VOCABULARY.length, HIDDEN], data: new Uint8Array(WEIGHTS.buffer) }],
  });
  writeFileSync(join(folder, "onnx", "model.onnx"), model);
  return folder;
}

async function encoderOf(shape: Shape = {}, options: Partial<EncoderOptions> = {}) {
  const encoder = await loadEncoder({ config: { repoId: writeEncoder(shape) }, device: "cpu", threads: 1, ...options });
  onTestFinished(() => encoder.dispose());
  return encoder;
}

const embedded = async (texts: readonly string[], shape: Shape = {}, options: Partial<EncoderOptions> = {}) => {
  const encoder = await encoderOf(shape, options);
  const matrices = await encoder.embed(
    texts.map((text) => response({ text })),
    {},
  );
  return matrices.map(({ rows, data }) => ({ rows, first: Array.from(data).filter((_, i) => i % 2 === 0) }));
};

describe("loadEncoder", () => {
  it("gives a row a token, special tokens included, in order of the texts", async () => {
    expect(await embedded(["light on", "fan", "", "fan off", "  "])).toEqual([
      { rows: 4, first: [2, 6, 4, 3] },
      { rows: 3, first: [2, 7, 3] },
      { rows: 0, first: [] },
      { rows: 4, first: [2, 7, 5, 3] },
      { rows: 0, first: [] },
    ]);
  });

  it("feeds only what the graph takes, and reads whatever it gives", async () => {
    expect(await embedded(["fan"], { inputs: ["input_ids"], output: "token_embeddings" })).toEqual([{ rows: 3, first: [2, 7, 3] }]);
    expect(await embedded(["fan", "on off"], { pools: true, output: "sentence_embedding" })).toEqual([
      { rows: 1, first: [4] },
      { rows: 1, first: [3.5] },
    ]);
  });

  it("cuts answers that are too long, and says so once", async () => {
    const events: RunEvent[] = [];
    const long = await embedded(["on ".repeat(20), "off ".repeat(20)], { maxTokens: 5 }, { onEvent: (event) => events.push(event) });
    expect(long[0]).toEqual({ rows: 5, first: [2, 4, 4, 4, 3] });
    expect(events.filter(({ kind }) => kind === "warning")).toHaveLength(1);
  });

  it("serves the embedding payoff, empty answers included", async () => {
    const { embed } = await encoderOf();
    const fitted = await embeddingPayoff(embed, "mean", "cosine").fit(response({ text: "light on" }), [], {});
    const [same, other, empty] = await fitted.values([response({ text: "light on" }), response({ text: "fan" }), response({})], {});
    expect(same).toBeCloseTo(1, 12);
    expect(other).toBeLessThan(1);
    expect(empty).toBe(0);
  });

  it("names the files that its vectors depend on", async () => {
    const { identity } = await encoderOf();
    expect(Object.keys(identity.sha256).sort()).toEqual(["config.json", "onnx/model.onnx", "tokenizer.json", "tokenizer_config.json"]);
  });

  it.each([
    [{ inputs: ["pixel_values"] }, /no sentence encoder: its inputs are pixel_values/],
    [{ output: "logits" }, /no sentence encoder: its outputs are logits; known are last_hidden_state/],
  ])("refuses %j", async (shape, message) => {
    await expect(encoderOf(shape)).rejects.toThrow(message);
  });
});
