import { expect, test } from "vitest";
import { mergedConfig } from "../../../src/connectors/causal_text/config.js";
import { GENAI_CONFIG } from "../../support/text_folder.js";

test("genai_config.json gives what config.json would, which comes first where there are both", () => {
  const genai = mergedConfig({}, GENAI_CONFIG.model);
  expect(genai).toMatchObject({ graph: "model.onnx", vocabulary: 855, contextLength: 256, layers: 2, kvHeads: 2, headDim: 16 });
  expect(genai.names?.inputs.past_key_names).toBe("past_key_values.%d.key");
  expect(mergedConfig({ vocab_size: 9, max_position_embeddings: 64 }, GENAI_CONFIG.model)).toMatchObject({
    vocabulary: 9,
    contextLength: 64,
  });
});

test("sizes are found under the names that model families give them", () => {
  const sizes = (config: Record<string, unknown>) => {
    const { vocabulary, contextLength, layers, kvHeads, headDim } = mergedConfig(config, {});
    return [vocabulary, contextLength, layers, kvHeads, headDim];
  };
  expect(sizes({ vocab_size: 50257, n_positions: 1024, n_layer: 12, n_head: 12, n_embd: 768 })).toEqual([50257, 1024, 12, 12, 64]);
  const gemma = { num_hidden_layers: 18, num_attention_heads: 4, num_key_value_heads: 1, hidden_size: 640, head_dim: 256 };
  expect(sizes({ text_config: { vocab_size: 262144, max_position_embeddings: 32768, ...gemma } })).toEqual([262144, 32768, 18, 1, 256]);
  expect(sizes({ hidden_size: 71, num_attention_heads: 7, multi_query: true })).toEqual([null, null, null, 1, null]);
});
