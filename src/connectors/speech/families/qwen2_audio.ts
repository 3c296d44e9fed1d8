import { defineSpeechFamily } from "../family.js";
import { THREE_GRAPHS } from "../three_graphs.js";
import { readWhisperConfig } from "../whisper_config.js";

/** Frames of 30 s, which its encoder takes, always, and is told how many are of the clip. */
const CHUNK_FRAMES = 3_000;
/** Two strides of 2: 40 ms. */
const FRAMES_PER_ROW = 4;

/** Qwen2-Audio, exported by `scripts/export/`: clips of up to 30 s, numbered through the conversation. */
export const qwen2Audio = defineSpeechFamily({
  name: "qwen2-audio",
  summary: "Qwen2-Audio as ONNX: hears, reads and writes",
  modelTypes: ["qwen2_audio"],
  graphs: THREE_GRAPHS,
  files: ["preprocessor_config.json", "processor_config.json"],
  frontEnd: async (folder) => {
    const { whisperFrontEnd } = await import("../../../audio/front_ends/whisper.js");
    return await whisperFrontEnd(await readWhisperConfig(folder), { filled: true, told: true });
  },
  encoder: {
    features: ["input_features", "audio_values"],
    lengths: [],
    masks: ["feature_attention_mask"],
    rows: ["audio_features"],
    counts: [],
    axes: "bins-frames",
    mostFrames: CHUNK_FRAMES,
    wholePieces: true,
    filled: true,
  },
  mostSeconds: 30,
  framesPerToken: () => FRAMES_PER_ROW,
  // A convolution with padding, then a mean of pairs without: the last frames may have no row of their own.
  rowsOf: (frames) => Math.floor((Math.floor((frames - 1) / 2) - 1) / 2) + 1,
  layout: {
    placeholder: () => "<|AUDIO|>",
    lead: (clip) => `Audio ${clip}: `,
    before: "<|audio_bos|>",
    after: "<|audio_eos|>",
    trail: "\n",
  },
});
