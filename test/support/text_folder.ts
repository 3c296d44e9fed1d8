import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./decoder_files.js";
import { type DecoderShape, decoderGraph } from "./decoder_graph.js";
import { encodeModel, type Graph } from "./onnx_writer.js";

const NANO = fileURLToPath(new URL("../../fixtures/models/nano/text", import.meta.url));
const TOKENIZER = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"];

/** A decoder as onnxruntime-genai writes it, for the embedded model's tokeniser. */
export const GENAI_SHAPE = {
  ...{ vocabulary: 855, hidden: 32, heads: 4, kvHeads: 2, headDim: 16, mlp: 0 },
  ...{ layers: ["gqa", "gqa"], packed: true, openHeadDim: true },
} as const satisfies DecoderShape;

/** What the builder says of it. */
export const GENAI_CONFIG = {
  model: {
    ...{ bos_token_id: 1, eos_token_id: [7, 2], pad_token_id: 0, context_length: 256, type: "llama", vocab_size: 855 },
    decoder: {
      filename: "model.onnx",
      ...{ head_size: 16, hidden_size: 32, num_attention_heads: 4, num_hidden_layers: 2, num_key_value_heads: 2 },
      inputs: {
        ...{ input_ids: "input_ids", attention_mask: "attention_mask" },
        ...{ past_key_names: "past_key_values.%d.key", past_value_names: "past_key_values.%d.value" },
      },
      outputs: { logits: "logits", present_key_names: "present.%d.key", present_value_names: "present.%d.value" },
    },
  },
};

/** A folder as onnxruntime-genai makes it: no config.json, weights beside the graph. */
export function writeGenaiFolder(change: (graph: Graph) => Graph = (graph) => graph): string {
  const folder = temporaryFolder();
  for (const name of TOKENIZER) copyFileSync(join(NANO, name), join(folder, name));
  writeFileSync(join(folder, "genai_config.json"), JSON.stringify(GENAI_CONFIG));
  const data: Uint8Array[] = [];
  let offset = 0;
  const graph = change(decoderGraph(GENAI_SHAPE));
  const weights = graph.weights.map((weight) => {
    if (weight.data.byteLength < 256) return weight;
    const external = { location: "model.onnx.data", offset };
    offset += weight.data.byteLength;
    data.push(weight.data);
    return { ...weight, external };
  });
  writeFileSync(join(folder, "model.onnx.data"), Buffer.concat(data));
  writeFileSync(join(folder, "model.onnx"), encodeModel({ ...graph, weights }));
  return folder;
}
