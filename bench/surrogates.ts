import { count, defineBench } from "./bench.js";
import type { SurrogatesOptions } from "./surrogates/options.js";

export const surrogates = defineBench<SurrogatesOptions>({
  name: "surrogates",
  about: "what the sampler proxy was chosen from: surrogates and designs at equal numbers of coalitions; makes docs/surrogates.md",
  options: [
    { flag: "--seeds <n>", about: "runs of each surrogate on each game", read: count(1), default: 20 },
    { flag: "--players <n>", about: "games of at most so many players", read: count(1), default: 14 },
    { flag: "--out <folder>", about: "where the page goes (default: docs; nowhere with --quick)" },
  ],
  run: async (options) => await (await import("./surrogates/run.js")).run(options),
});
