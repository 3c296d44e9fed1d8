import { defineConnector } from "../connector.js";

/** Graphs of models that hear or speak, whose decoder takes more than token ids. */
const AUDIO = /(^|\/)(audio_encoder|audio_embedding|vocoder_depthformer|audio_detokenizer|decoder(?!_model|_with_past))(_\w+)?\.onnx$/;

export const transformersText = defineConnector({
  name: "transformers-text",
  summary: "any Hugging Face causal language model as ONNX",
  templated: true,
  prompts: true,
  hears: false,
  speaks: false,
  variant: "text",
  recognises: ({ paths }) => paths.some((path) => path.endsWith(".onnx")) && !paths.some((path) => AUDIO.test(path)),
  load: async (options) => (await import("./model.js")).TransformersCausalText.load(options),
  check: async (options) => (await import("./check.js")).checkText(options),
});
