import { count, defineBench } from "./bench.js";
import { threadsOption } from "./shared/threads.js";
import type { SpeedOptions } from "./speed/options.js";

export const speed = defineBench<SpeedOptions>({
  name: "speed",
  about: "what a coalition costs, plan by plan, against a loop around a text-generation library",
  options: [
    { ...threadsOption, about: `${threadsOption.about} (the naive loop takes all cores then)` },
    { flag: "--sample <n>", about: "coalitions that the naive loop answers", read: count(1), default: 24 },
    { flag: "--only <text>", about: "workloads whose name holds this", default: "" },
    { flag: "--out <file>", about: "where the numbers go as JSON", default: "dist-bench/speed.json" },
  ],
  run: async (options) => (await import("./speed/report.js")).report(options),
});
