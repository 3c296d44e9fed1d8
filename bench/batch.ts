import type { BatchOptions } from "./batch/options.js";
import { count, defineBench } from "./bench.js";

export const batch = defineBench<BatchOptions>({
  name: "batch",
  about: "conversations a second of worker processes, their memory, kill -9 in between, and a simulated cluster; makes docs/scale.md",
  options: [
    { flag: "--conversations <n>", about: "short ones, on the embedded model", read: count(20), default: 1_500 },
    { flag: "--workers <n>", about: "worker processes", read: count(1), default: 2 },
    { flag: "--kills <n>", about: "times that the whole batch is killed", read: count(1), default: 20 },
    { flag: "--simulated <n>", about: "conversations of the simulated cluster", read: count(1_000), default: 100_000 },
    { flag: "--seed <n>", about: "of kills and of the simulation", read: count(0), default: 1 },
    { flag: "--out <folder>", about: "where the page goes (default: docs; nowhere with --quick)" },
  ],
  run: async (options) => await (await import("./batch/run.js")).run(options),
});
