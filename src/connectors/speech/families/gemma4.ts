import { defineSpeechFamily } from "../family.js";
import { readGemma4Config } from "../gemma_config.js";
import { THREE_GRAPHS } from "../three_graphs.js";

/** Two strides of 2: 40 ms. */
const FRAMES_PER_ROW = 4;

/** Gemma 4 as transformers.js reads it: a causal conformer, embeddings for each layer of the decoder, of which rows of sound have those of padding. */
export const gemma4 = defineSpeechFamily({
  name: "gemma4",
  summary: "Gemma 4 as ONNX: hears, reads and writes",
  modelTypes: ["gemma4"],
  graphs: THREE_GRAPHS,
  files: ["preprocessor_config.json", "processor_config.json"],
  frontEnd: async (folder) => {
    const { gemma4FrontEnd } = await import("../../../audio/front_ends/gemma4.js");
    return gemma4FrontEnd(await readGemma4Config(folder));
  },
  encoder: {
    features: ["input_features"],
    lengths: [],
    masks: ["input_features_mask"],
    rows: ["audio_features"],
    counts: [],
    axes: "frames-bins",
    filled: true,
  },
  mostSeconds: 30,
  framesPerToken: () => FRAMES_PER_ROW,
  rowsOf: (frames) => Math.ceil(frames / FRAMES_PER_ROW),
  soundAs: ({ text_config: text }) => {
    const padding = typeof text === "object" && text !== null && "pad_token_id" in text ? text.pad_token_id : null;
    return typeof padding === "number" ? padding : 0;
  },
  // As transformers writes it: transformers.js puts blank lines around these.
  layout: { placeholder: () => "<|audio|>", before: "<|audio>", after: "<audio|>" },
});
