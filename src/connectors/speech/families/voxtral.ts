import { defineSpeechFamily } from "../family.js";
import { THREE_GRAPHS } from "../three_graphs.js";
import { readWhisperConfig } from "../whisper_config.js";

/** Frames of a chunk of 30 s, which is what its encoder takes, always. */
const CHUNK_FRAMES = 3_000;
/** Four of the encoder's positions are one row: 80 ms. */
const FRAMES_PER_ROW = 8;

/** Voxtral as transformers.js reads it: clips in chunks of 30 s, the last one filled up with silence, 375 rows each. */
export const voxtral = defineSpeechFamily({
  name: "voxtral",
  summary: "Voxtral as ONNX: hears, reads and writes",
  modelTypes: ["voxtral"],
  graphs: THREE_GRAPHS,
  files: ["preprocessor_config.json", "processor_config.json"],
  frontEnd: async (folder) => {
    const { whisperFrontEnd } = await import("../../../audio/front_ends/whisper.js");
    return await whisperFrontEnd(await readWhisperConfig(folder), { filled: true });
  },
  encoder: {
    features: ["audio_values", "input_features"],
    lengths: [],
    rows: ["audio_features"],
    counts: [],
    axes: "bins-frames",
    mostFrames: CHUNK_FRAMES,
    wholePieces: true,
  },
  framesPerToken: () => FRAMES_PER_ROW,
  rowsOf: (frames) => Math.ceil(frames / FRAMES_PER_ROW),
  layout: { placeholder: () => "[AUDIO]", before: "[BEGIN_AUDIO]", between: "\n\n" },
});
