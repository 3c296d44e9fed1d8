import { defineSpeechFamily } from "../family.js";
import { readLfm3Config } from "../lfm3_config.js";

const TYPE = "lfm3_audio";
const ARCHITECTURE = "Lfm3AudioForConditionalGeneration";

/** Three convolutions of stride 2: 80 ms. */
const FRAMES_PER_ROW = 8;
/** What attention takes for each pair of rows, of eight heads. */
const PAIR_BYTES = 192;

/**
 * LFM3-Audio by its model card, its answers in text: a decoder that takes token ids, and rows of sound beside them. Its published graphs were not at hand: what a graph calls
 * its inputs and how their axes lie is found from it, and one that is not understood is refused.
 */
export const lfm3Audio = defineSpeechFamily({
  name: "lfm3-audio",
  summary: "LFM3-Audio as ONNX: hears, reads and writes",
  modelTypes: [TYPE],
  recognises: ({ config: { model_type: type, architectures } }) =>
    type === TYPE || (typeof type !== "string" && Array.isArray(architectures) && architectures.includes(ARCHITECTURE)),
  graphs: { decoder: ["decoder"], audio_encoder: ["audio_encoder"] },
  files: ["preprocessor_config.json", "processor_config.json"],
  frontEnd: async (folder) => {
    const { lfm3FrontEnd } = await import("../../../audio/front_ends/lfm3.js");
    return lfm3FrontEnd(await readLfm3Config(folder));
  },
  encoder: {
    features: ["input_features"],
    lengths: ["input_lengths", "audio_lens"],
    masks: ["attention_mask", "input_features_mask", "feature_attention_mask"],
    rows: ["audio_features"],
    counts: [],
    axes: "as-declared",
    pairBytes: PAIR_BYTES,
  },
  framesPerToken: () => FRAMES_PER_ROW,
  rowsOf: (frames) => Math.ceil(frames / FRAMES_PER_ROW),
  besideIds: { rows: ["audio_features"], unfed: ["audio_out_codes"] },
  layout: { placeholder: () => "<|audio|>", unfed: ["<|audio_out|>"], undrawn: ["<|audio_start|>", "<|mixed_start|>"] },
});
