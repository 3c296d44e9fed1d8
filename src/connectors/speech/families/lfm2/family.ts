import { defineSpeechFamily } from "../../family.js";

/** Graphs that only a model that hears or speaks has, and how its decoder is called. */
const GRAPHS = /(^|\/)(decoder(?!_model|_with_past)|audio_encoder|audio_embedding|vocoder_depthformer|audio_detokenizer)(_\w+)?\.onnx$/;

/** Its `config.json` states no `model_type` in some exports; a stated one is this family's. */
const TYPE = /^lfm2/;
/** An architecture whose graphs have the same names. */
const OTHER = /^Lfm3/;

export const lfm2Audio = defineSpeechFamily({
  name: "lfm2-audio",
  summary: "LFM2-Audio and LFM2.5-Audio as ONNX: hears, reads, writes and speaks",
  modelTypes: [],
  templated: false,
  speaks: true,
  recognises: ({ paths, config: { model_type: type, architectures } }) =>
    (typeof type !== "string" || TYPE.test(type)) &&
    !(Array.isArray(architectures) && architectures.some((name) => OTHER.test(String(name)))) &&
    paths.some((path) => GRAPHS.test(path)),
  load: async (options) => (await import("./model.js")).LiquidAudio.load(options),
  check: async (options) => (await import("./check.js")).checkLiquid(options),
});
