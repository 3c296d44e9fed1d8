import { defineBench } from "./bench.js";
import type { GrowthOptions } from "./growth/options.js";

export const growth = defineBench<GrowthOptions>({
  name: "growth",
  about: "how the cost of a coalition grows with what stands before the first player; makes docs/speed-growth.svg",
  options: [{ flag: "--out <file>", about: "the picture (default: docs/speed-growth.svg; none with --quick)" }],
  run: async (options) => await (await import("./growth/run.js")).run(options),
});
