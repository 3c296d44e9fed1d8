import { defineBench } from "./bench.js";
import type { SparseOptions } from "./sparse/options.js";

export const sparse = defineBench<SparseOptions>({
  name: "sparse",
  about: "estimators of a document of 111 sentences beside context-cite's lasso, on a record of SmolLM2-135M; makes docs/sparse.md",
  options: [
    { flag: "--record <folder>", about: "SmolLM2-135M-Instruct as ONNX in fp32, which is asked what the record lacks" },
    { flag: "--out <folder>", about: "where the page goes (default: docs; nowhere with --quick)" },
  ],
  run: async (options) => await (await import("./sparse/run.js")).run(options),
});
