import { count, defineBench } from "./bench.js";
import type { RealOptions } from "./real/options.js";

export const real = defineBench<RealOptions>({
  name: "real",
  about:
    "whole explanations of a model folder beside plain loops over its runtimes and the least that they can take, process by process, in turns",
  options: [
    { flag: "--folder <path>", about: "a causal language model as ONNX with one graph in fp32 (default: the embedded model)" },
    { flag: "--speech <path>", about: "a model in LFM2-Audio's layout, which is spoken to beside the embedded one" },
    { flag: "--dtype <name>", about: "precision of --speech", default: "auto" },
    { flag: "--rounds <n>", about: "times that each way is run, in turns", read: count(1), default: 3 },
    { flag: "--only <text>", about: "works whose name ends so", default: "" },
    { flag: "--python <path>", about: "a Python with torch and transformers, for a loop over these" },
    { flag: "--weights <path>", about: "with --python: folder of the same weights as transformers reads them (default: --folder)" },
    { flag: "--page <file>", about: "a page whose table of real weights is made again, as docs/speed.md" },
  ],
  run: async (options) => await (await import("./real/run.js")).run(options),
});
