import { count, defineBench } from "./bench.js";
import type { OwenOptions } from "./owen/options.js";

export const owen = defineBench<OwenOptions>({
  name: "owen",
  about: "how near hierarchical values of a long conversation come to those of a long run",
  options: [
    { flag: "--words <n>", about: "words of the conversation, at least", read: count(1), default: 200 },
    { flag: "--budget <n>", about: "coalitions of the run that is measured", read: count(2), default: 2000 },
    { flag: "--long <n>", about: "coalitions of the run that it is held against", read: count(2), default: 30_000 },
  ],
  run: async ({ quick, ...options }) => await (await import("./owen/run.js")).run(quick ? { words: 20, budget: 64, long: 128 } : options),
});
