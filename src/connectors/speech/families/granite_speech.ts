import { defineSpeechFamily } from "../family.js";
import { readGraniteConfig } from "../granite_config.js";
import { THREE_GRAPHS } from "../three_graphs.js";

/** Frames of 20 ms that its Q-Former looks at together, and the queries it asks of them, where config.json does not say. */
const WINDOW = 15;
const QUERIES = 3;

const numberOr = (value: unknown, otherwise: number): number => (typeof value === "number" && value > 0 ? value : otherwise);

/** Granite-speech 4 as transformers.js reads it: a conformer in blocks of 4 s, a Q-Former whose rows come in threes of 300 ms. */
export const graniteSpeech = defineSpeechFamily({
  name: "granite-speech",
  summary: "Granite-speech as ONNX: hears, reads and writes",
  modelTypes: ["granite_speech"],
  graphs: THREE_GRAPHS,
  files: ["preprocessor_config.json", "processor_config.json"],
  // transformers' default is true, so that a configuration that says nothing means it.
  refuses: ({ has_lora_adapter: adapter }) =>
    adapter === false ? null : "its adapter is on where there is audio alone: what is masked would change the model, not what it hears",
  frontEnd: async (folder) => {
    const { graniteFrontEnd } = await import("../../../audio/front_ends/granite.js");
    return graniteFrontEnd(await readGraniteConfig(folder));
  },
  encoder: { features: ["input_features"], lengths: [], rows: ["audio_features"], counts: [], axes: "frames-bins" },
  framesPerToken: () => WINDOW,
  rowsPerToken: QUERIES,
  rowsOf: (frames, { window_size: size, downsample_rate: rate }) => {
    const window = numberOr(size, WINDOW);
    return Math.floor(window / numberOr(rate, WINDOW / QUERIES)) * Math.ceil(frames / window);
  },
  layout: { placeholder: () => "<|audio|>" },
});
