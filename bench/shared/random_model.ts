import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DecoderShape, decoderGraph } from "../../test/support/decoder_graph.js";
import { encodeModel } from "../../test/support/onnx_writer.js";

/** 27 M parameters with random weights: every coalition gets another answer, the worst case for anything that guesses. */
export const RANDOM_28M: DecoderShape = {
  vocabulary: 8192,
  hidden: 512,
  heads: 8,
  headDim: 64,
  mlp: 1376,
  layers: Array.from({ length: 7 }, () => "attention" as const),
  positionIds: true,
  sharpness: 4,
  seed: 28,
};

/** The same, but attention barely speaks: all coalitions get nearly the same long answer, as a trained model's often do. */
export const SAME_ANSWERS: DecoderShape = { ...RANDOM_28M, attentionGain: 0.02, seed: 29 };

/** Like them, and made and run at once: for a bench that only shows that it works. */
export const TINY: DecoderShape = {
  ...RANDOM_28M,
  vocabulary: 512,
  hidden: 64,
  heads: 2,
  headDim: 32,
  mlp: 96,
  layers: ["attention", "attention"],
};

/** Writes a llama-like folder that transformers.js can load as well. No tokeniser: prompts are ids. */
export function writeModelFolder(folder: string, shape: DecoderShape): void {
  mkdirSync(join(folder, "onnx"), { recursive: true });
  writeFileSync(join(folder, "onnx", "model.onnx"), encodeModel(decoderGraph(shape)));
  const config = {
    model_type: "llama",
    architectures: ["LlamaForCausalLM"],
    vocab_size: shape.vocabulary,
    hidden_size: shape.hidden,
    num_hidden_layers: shape.layers.length,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.heads,
    head_dim: shape.headDim,
    bos_token_id: 1,
    eos_token_id: 2,
    pad_token_id: 0,
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
}
