import { z } from "zod";

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { error: "must be a SHA-256 in hex" })
  .describe("SHA-256 in hex.");

export const ToolSchema = z
  .object({
    name: z.string().describe("Always mllm-shap."),
    version: z.string().describe("Version of the package that wrote this."),
  })
  .describe("What wrote this result.");

export const SpecBlockSchema = z
  .object({
    path: z.string().nullable().describe("The spec file as the user wrote it; null for standard input and for programs."),
    sha256: sha256.describe("SHA-256 of the spec's bytes, in hex."),
    resolved: z
      .record(z.string(), z.unknown())
      .describe("The spec with every default filled in, messages included: enough to run it again."),
  })
  .describe("What was asked for.");

export const InputSchema = z.object({
  path: z.string().describe("Path as in the spec."),
  sha256,
  seconds: z.number().describe("Length of the sound, in seconds."),
  decoder: z.string().describe("What decoded it, such as wav or ffmpeg."),
});

export const ServerBlockSchema = z
  .object({
    kind: z.string().describe("Kind of server, such as vllm."),
    version: z.string().nullable().describe("Its version, as it states it."),
    origin: z.string().describe("Scheme, host and port that were asked; empty where redacted."),
    mode: z.enum(["ids", "messages"]).describe("What it was sent: token ids, or messages that it renders and tokenises itself."),
    probe: z
      .array(z.number())
      .describe(
        "Natural log-probabilities of a fixed text, by which another set of weights is noticed; empty where the server tells none.",
      ),
    noise: z.number().nullable().describe("Largest difference between two measurements of the probe; null where there is none."),
    promise: z.string().describe("What the server promises of equal answers to equal questions."),
  })
  .describe("The server that answered.");

export const ModelBlockSchema = z
  .object({
    connector: z.string().describe("Connector that loaded the model."),
    repo: z.string().describe("embedded:NAME, a folder, a hub id or a server's name of it, as in the spec."),
    resolved_revision: z.string().nullable().describe("Commit of a hub repository; null for what is embedded or local."),
    dtype: z.string().describe("Precision of the weights that were loaded."),
    sha256: z.record(z.string(), sha256).describe("SHA-256 of every file that determines answers, by its path in the repository."),
    server: ServerBlockSchema.optional(),
  })
  .describe("What answered.");

export const RuntimeSchema = z
  .object({
    node: z.string().describe("Version of Node.js."),
    onnxruntime: z.string().describe("Version of onnxruntime-node."),
    provider: z.string().describe("Execution provider that ran the graphs: cpu, cuda, webgpu."),
  })
  .describe("What it ran on.");

export const RunBlockSchema = z
  .object({
    seconds: z.number().describe("Wall time of the run, loading included, in seconds."),
    model_calls: z.number().describe("Inputs that the model was asked for."),
    memo_hits: z.number().describe("Inputs whose response was known already."),
    tokens: z.number().describe("Tokens that went through the model."),
    passes: z.number().describe("Forward passes."),
    plan: z.string().describe("How the work was batched, in words."),
  })
  .describe("What the run cost: the only part that may differ between two runs on CPU. Left out by --no-run.");
