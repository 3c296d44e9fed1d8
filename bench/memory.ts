import { defineBench } from "./bench.js";

export const memory = defineBench({
  name: "memory",
  about: "peak memory of long conversations under --memory",
  options: [],
  run: async ({ quick }) => (await import("./memory/run.js")).run(quick),
});
