import { defineBench } from "./bench.js";

export const encoder = defineBench<{ readonly graph?: string }>({
  name: "encoder",
  about: "memory of LFM2's audio encoder by the length of the clip: what refusing long clips goes by",
  options: [{ flag: "--graph <path>", about: "an audio_encoder graph (default: the embedded model's)" }],
  run: async ({ graph, quick }) => (await import("./encoder/run.js")).run(graph, quick),
});
