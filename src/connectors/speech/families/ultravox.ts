import { defineSpeechFamily } from "../family.js";
import { THREE_GRAPHS } from "../three_graphs.js";
import { readWhisperConfig } from "../whisper_config.js";

/** Frames that Whisper's encoder has positions for, after its convolution of stride 2. */
const MOST_FRAMES = 3_000;
/** Positions that the projector stacks into one row, where config.json does not say. */
const STACK = 8;

const stackOf = ({ stack_factor: stack }: Readonly<Record<string, unknown>>): number =>
  typeof stack === "number" && Number.isInteger(stack) && stack > 0 ? stack : STACK;

/** Ultravox v0.4 and later as transformers.js reads it: Whisper's encoder on the clip's own length, a stacking projector, any Llama. */
export const ultravox = defineSpeechFamily({
  name: "ultravox",
  summary: "Ultravox as ONNX: hears, reads and writes",
  modelTypes: ["ultravox"],
  graphs: THREE_GRAPHS,
  files: ["preprocessor_config.json", "processor_config.json"],
  frontEnd: async (folder) => {
    const { whisperFrontEnd } = await import("../../../audio/front_ends/whisper.js");
    return await whisperFrontEnd(await readWhisperConfig(folder), { filled: false });
  },
  encoder: {
    features: ["audio_values", "input_features"],
    lengths: ["audio_lens"],
    rows: ["audio_features"],
    counts: ["audio_token_len"],
    axes: "bins-frames",
    mostFrames: MOST_FRAMES,
  },
  // 160 ms where 16 frames are 8 positions of the encoder, which are one row.
  framesPerToken: (config) => 2 * stackOf(config),
  rowsOf: (frames, config) => Math.ceil(Math.ceil(frames / 2) / stackOf(config)),
  // Published graphs are of the age that fills up one stack more than there is.
  moreRows: 1,
  layout: {
    placeholder: ({ audio_placeholder: text }) => (typeof text === "string" ? text : "<|audio|>"),
  },
});
