import { defineConnector } from "../connector.js";
import { families, LFM2_AUDIO } from "./registry.js";

/** LFM2-Audio by the name it had before there were other models that hear. */
export const liquidAudio = defineConnector({
  name: "liquid-audio",
  summary: LFM2_AUDIO.summary,
  templated: false,
  prompts: false,
  hears: true,
  speaks: LFM2_AUDIO.speaks,
  variant: "audio",
  recognises: (facts) => LFM2_AUDIO.recognises(facts),
  load: (options) => LFM2_AUDIO.load(options),
  check: (options) => LFM2_AUDIO.check(options),
});

/** Any model that hears, its family found from its files. */
export const speech = defineConnector({
  name: "speech",
  summary: `models that hear, by the model_type of their config.json: ${families.map(({ name, modelTypes }) => (modelTypes.length === 0 ? name : modelTypes.join(", "))).join("; ")}`,
  templated: true,
  prompts: false,
  hears: true,
  speaks: families.some(({ speaks }) => speaks),
  variant: "audio",
  recognises: (facts) => families.some((family) => family.recognises(facts)),
  load: async (options) => await (await import("./find_family.js")).loadFamily(options),
  check: async (options) => await (await import("./find_family.js")).checkFamily(options),
});
