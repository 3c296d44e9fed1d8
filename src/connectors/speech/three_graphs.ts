import type { SpeechGraphs } from "./facts.js";

/** As transformers.js and the repositories of onnx-community lay models out that hear and answer in text. */
export const THREE_GRAPHS: SpeechGraphs = {
  decoder: ["decoder_model_merged"],
  embed_tokens: ["embed_tokens"],
  audio_encoder: ["audio_encoder"],
};
