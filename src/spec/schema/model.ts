import { z } from "zod";
import { CONNECTOR_NAMES } from "../../connectors/registry.js";

/** Becomes part of a file name (`model_q4.onnx`), hence the narrow alphabet. */
const precision = z
  .string()
  .regex(/^[A-Za-z0-9_]{1,32}$/, { error: "must be a precision such as fp32, fp16, q4, q8 or int8 (letters, digits and _)" });

const dtype = z.union([precision, z.record(z.string().regex(/^[A-Za-z0-9_]{1,64}$/), precision)]);

const revision = z
  .string()
  .regex(/^(?!.*\.\.)\w[\w./-]{0,199}$/, { error: "must be a branch, tag or commit (letters, digits and . _ / -)" });

export const ModelSchema = z
  .strictObject({
    connector: z.enum(CONNECTOR_NAMES).describe("Which family of models the files belong to."),
    repo: z
      .string()
      .min(1)
      .max(1_000)
      .describe(
        "embedded:nano, a local folder (relative to the spec file), or a Hugging Face hub id such as LiquidAI/LFM2.5-Audio-1.5B-ONNX.",
      ),
    revision: revision.default("main").describe("Branch, tag or commit of a hub repository."),
    dtype: dtype
      .default("auto")
      .describe(
        "Precision of the weights, for all graphs or per component: {decoder: q4, audio_encoder: fp16}. auto is fp32, or what the only graph of a folder holds; the result records what was loaded.",
      ),
    device: z.enum(["auto", "cpu", "cuda", "webgpu"]).default("auto").describe("Where the model runs."),
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
