import { count, defineBench } from "./bench.js";
import type { RealOptions } from "./real/options.js";

export const real = defineBench<RealOptions>({
  name: "real",
  about: "whole explanations of a model folder beside loops over onnxruntime and transformers.js, process by process, in turns",
  options: [
    { flag: "--folder <path>", about: "a causal language model as ONNX with one graph in fp32 (default: the embedded model)" },
    { flag: "--rounds <n>", about: "times that each way is run, in turns", read: count(1), default: 3 },
  ],
  run: async (options) => await (await import("./real/run.js")).run(options),
});
