import { defineSpeechFamily } from "../family.js";
import { readGemma3nConfig } from "../gemma_config.js";
import { THREE_GRAPHS } from "../three_graphs.js";

/** Two strides of 2, and every fourth row is taken: 160 ms. */
const FRAMES_PER_ROW = 16;
/** Rows of a clip, however short it is, where config.json does not say. */
const ROWS = 188;

/**
 * Gemma 3n as transformers and transformers.js read it: a causal conformer whose rows are filled up to those of 30 s with the embedding of padding, blank
 * lines around a clip, embeddings for each layer of the decoder, of which rows of sound have those of token 0.
 */
export const gemma3n = defineSpeechFamily({
  name: "gemma3n",
  summary: "Gemma 3n as ONNX: hears, reads and writes",
  modelTypes: ["gemma3n"],
  graphs: THREE_GRAPHS,
  files: ["preprocessor_config.json", "processor_config.json"],
  frontEnd: async (folder) => {
    const { gemma3nFrontEnd } = await import("../../../audio/front_ends/gemma3n.js");
    return gemma3nFrontEnd(await readGemma3nConfig(folder));
  },
  encoder: {
    features: ["input_features"],
    lengths: [],
    masks: ["input_features_mask"],
    rows: ["audio_features"],
    counts: [],
    axes: "frames-bins",
  },
  mostSeconds: 30,
  framesPerToken: () => FRAMES_PER_ROW,
  rowsOf: (_frames, { audio_soft_tokens_per_image: rows }) =>
    typeof rows === "number" && Number.isInteger(rows) && rows > 0 ? rows : ROWS,
  layout: {
    placeholder: () => "<audio_soft_token>",
    lead: () => "\n\n",
    before: "<start_of_audio>",
    after: "<end_of_audio>",
    trail: "\n\n",
  },
});
