import { defineBench } from "./bench.js";

export const indexing = defineBench({
  name: "indexing",
  about: "what the helpers of src/util/elements.ts cost in hot loops, beside `list[i] as number`",
  options: [],
  run: async ({ quick }) => (await import("./indexing/run.js")).run(quick),
});
