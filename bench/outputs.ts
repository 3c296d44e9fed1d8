import { defineBench } from "./bench.js";

export const outputs = defineBench<{ readonly repo?: string }>({
  name: "outputs",
  about: "what values of every step of the answer cost beside the explanation that they come from, in time and memory",
  options: [{ flag: "--repo <folder>", about: "measure this model too" }],
  run: async (options) => await (await import("./outputs/run.js")).run(options),
});
