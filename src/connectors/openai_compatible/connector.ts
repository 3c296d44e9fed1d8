import { defineConnector } from "../connector.js";

export const openaiCompatible = defineConnector({
  name: "openai-compatible",
  summary: "a model behind a server that --server names (vLLM, SGLang, llama.cpp, Ollama, LM Studio, OpenAI and what speaks as they do)",
  templated: true,
  prompts: true,
  hears: true,
  speaks: false,
  served: true,
  variant: "text",
  // No files are a server's.
  recognises: () => false,
  load: async (options) => await (await import("./load.js")).loadServed(options),
  check: async (options) => await (await import("./check.js")).checkServed(options),
});
