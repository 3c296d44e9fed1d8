import type { AccuracyOptions } from "./accuracy/options.js";
import { count, defineBench } from "./bench.js";

export const accuracy = defineBench<AccuracyOptions>({
  name: "accuracy",
  about:
    "coalitions, and with a model the seconds, to values of a question of 14 words that are right to 5 %, beside estimators of the Python original",
  options: [
    { flag: "--seeds <n>", about: "runs of each estimator at each budget", read: count(1), default: 20 },
    { flag: "--folder <path>", about: "the model that the question's game was recorded from, as ONNX: seconds are measured" },
    { flag: "--python <path>", about: "a Python with torch and transformers, for a loop over these" },
    { flag: "--weights <path>", about: "with --python: folder of the same weights as transformers reads them (default: --folder)" },
    { flag: "--page <file>", about: "a page whose table is made again, as docs/speed.md" },
  ],
  run: async (options) => await (await import("./accuracy/run.js")).run(options),
});
