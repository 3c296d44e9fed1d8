import { describe, expect, it, onTestFinished } from "vitest";
import type { RunEvent } from "../../src/events.js";
import { type EncoderOptions, loadEncoder } from "../../src/helpers/sentence_encoder.js";
import { embeddingPayoff } from "../../src/payoffs/embedding.js";
import { type EncoderShape, writeEncoder } from "../support/encoder_files.js";
import { response } from "../support/fakes.js";

async function encoderOf(shape: EncoderShape = {}, options: Partial<EncoderOptions> = {}) {
  const encoder = await loadEncoder({ config: { repoId: writeEncoder(shape) }, device: "cpu", threads: 1, ...options });
  onTestFinished(() => encoder.dispose());
  return encoder;
}

const embedded = async (texts: readonly string[], shape: EncoderShape = {}, options: Partial<EncoderOptions> = {}) => {
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

  it("knows that RoBERTa and its kin count positions from behind the padding token", async () => {
    const config = { model_type: "xlm-roberta", pad_token_id: 1 };
    const [long] = await embedded(["on ".repeat(20)], { maxTokens: 7, config });
    expect(long).toEqual({ rows: 5, first: [2, 4, 4, 4, 3] });
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
