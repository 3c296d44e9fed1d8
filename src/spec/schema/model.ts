import { z } from "zod";
import { AUTO_CONNECTOR, CONNECTOR_NAMES, connectors } from "../../connectors/registry.js";

/** Becomes part of a file name (`model_q4.onnx`), hence the narrow alphabet. */
const precision = z
  .string()
  .regex(/^[A-Za-z0-9_]{1,32}$/, { error: "must be a precision such as fp32, fp16, q4, q8 or int8 (letters, digits and _)" });

const dtype = z.union([precision, z.record(z.string().regex(/^[A-Za-z0-9_]{1,64}$/), precision)]);

const revision = z
  .string()
  .regex(/^(?!.*\.\.)\w[\w./-]{0,199}$/, { error: "must be a branch, tag or commit (letters, digits and . _ / -)" });

/** A path, or what stands for one. */
const template = z
  .union([
    z.string().min(1).max(4_096),
    z.strictObject({ file: z.string().min(1).max(4_096).describe("Jinja file, relative to the spec file.") }),
    z.strictObject({ name: z.string().min(1).max(200).describe("One of the model's own templates, such as tool_use.") }),
  ])
  .transform((choice) => (typeof choice === "string" ? { file: choice } : choice));

/** What a template is given anyway. */
const GIVEN_VARIABLES = ["messages", "add_generation_prompt", "namespace"];

const templateKwargs = z.record(z.string(), z.unknown()).superRefine((variables, context) => {
  for (const [name, value] of Object.entries(variables)) {
    const refuse = (message: string) => context.addIssue({ code: "custom", path: [name], message });
    if (!/^[A-Za-z_]\w{0,99}$/.test(name)) refuse("is no name that a template could use");
    else if (GIVEN_VARIABLES.includes(name)) refuse("is given to every template, and cannot be set");
    else if (!isPlain(value)) refuse("must be plain data: texts, finite numbers, true, false, null, lists and mappings");
  }
});

function isPlain(value: unknown): boolean {
  if (value === null || ["string", "boolean"].includes(typeof value)) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isPlain);
  return typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
}

export const ModelSchema = z
  .strictObject({
    connector: z
      .enum([AUTO_CONNECTOR, ...CONNECTOR_NAMES])
      .default(AUTO_CONNECTOR)
      .describe(
        `Which kind of models the files belong to. ${connectors.map(({ name, summary }) => `${name}: ${summary}`).join(". ")}. auto: found from the model's config.json and files.`,
      ),
    repo: z
      .string()
      .min(1)
      .max(1_000)
      .describe(
        "embedded:nano, a local folder (relative to the spec file), or a Hugging Face hub id such as LiquidAI/LFM2.5-Audio-1.5B-ONNX; of a served model the name that its server knows it by.",
      ),
    tokenizer: z
      .string()
      .min(1)
      .max(1_000)
      .nullable()
      .default(null)
      .describe(
        "Of a served model: the folder or hub id that holds its tokenizer.json and chat template, so that the server is sent token ids; null: it is sent messages.",
      ),
    revision: revision.default("main").describe("Branch, tag or commit of a hub repository."),
    dtype: dtype
      .default("auto")
      .describe(
        "Precision of the weights, for all graphs or per component: {decoder: q4, audio_encoder: fp16}. auto is fp32, or what the only graph of a folder holds; the result records what was loaded.",
      ),
    device: z.enum(["auto", "cpu", "cuda", "webgpu"]).default("auto").describe("Where the model runs."),
    template: template
      .nullable()
      .prefault(null)
      .describe(
        "Chat template in place of the model's default one: a Jinja file (relative to the spec file), or {name: tool_use} for another of the model's own.",
      ),
    template_kwargs: templateKwargs
      .default({})
      .describe(
        "Variables of the chat template, such as {enable_thinking: false}; date_string is today's date for templates that write it, 26 Jul 2024 unless given.",
      ),
  })
  .describe("The model that answered.");

const temperature = z.number().min(0).max(100).nullable();
const topK = z.int().min(1).nullable();

export const GenerationSchema = z
  .strictObject({
    max_new_tokens: z.int().min(1).max(100_000).default(128).describe("Longest answer, in steps: one text token or one audio frame each."),
    text_temperature: temperature.default(0).describe("Sampling temperature of text; 0 or null is greedy."),
    text_top_k: topK.default(1).describe("Text is sampled among this many likeliest tokens; 1 is greedy, null is all."),
    audio_temperature: temperature.default(0).describe("Sampling temperature of audio codes; 0 or null is greedy."),
    audio_top_k: topK.default(1).describe("Audio codes are sampled among this many likeliest; 1 is greedy, null is all."),
    history: z
      .enum(["text", "audio", "text_audio"])
      .default("text")
      .describe("Which outputs the model produces and keeps: text only, or audio too."),
  })
  .describe("How the answer is generated.");
