import { count, defineBench } from "./bench.js";
import type { EstimatorsOptions } from "./estimators/options.js";

export const estimators = defineBench<EstimatorsOptions>({
  name: "estimators",
  about: "how near the estimators come to exact Shapley values at equal numbers of coalitions; makes docs/estimators.md and .svg",
  options: [
    { flag: "--seeds <n>", about: "runs of each method on each game", read: count(1), default: 200 },
    { flag: "--out <folder>", about: "where the page and its picture go (default: docs; nowhere with --quick)" },
  ],
  run: async (options) => await (await import("./estimators/run.js")).run(options),
});
