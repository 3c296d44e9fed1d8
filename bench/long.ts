import { count, defineBench } from "./bench.js";
import type { LongOptions } from "./long/options.js";

export const long = defineBench<LongOptions>({
  name: "long",
  about: "estimators of a conversation of 216 tokens at a few hundred coalitions, on a recorded sample; makes docs/long.md",
  options: [
    { flag: "--samples <n>", about: "disjoint samples of each size at most", read: count(1), default: 3 },
    { flag: "--out <folder>", about: "where the page goes (default: docs; nowhere with --quick)" },
  ],
  run: async (options) => await (await import("./long/run.js")).run(options),
});
