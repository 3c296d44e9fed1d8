import { z } from "zod";
import { EntrySchema, ResponseSchema } from "./schema/conversation.js";
import { OutputsSchema } from "./schema/outputs.js";
import { InputSchema, ModelBlockSchema, RunBlockSchema, RuntimeSchema, SpecBlockSchema, ToolSchema } from "./schema/provenance.js";
import {
  ExplainerSchema,
  InteractionsSchema,
  PayoffBlockSchema,
  PlayerSchema,
  TracePointSchema,
  UncertaintySchema,
} from "./schema/values.js";

export const RESULT_FORMAT = "mllm-shap/result@1";

/**
 * The result of one explanation, keys in the order of the file. Optional keys came after the first release of the format;
 * readers accept any other key too, so that a newer tool's results stay readable.
 */
export const ResultSchema = z
  .object({
    schema: z.literal(RESULT_FORMAT, { error: `must be "${RESULT_FORMAT}"` }).describe("Name and version of this format."),
    tool: ToolSchema,
    spec: SpecBlockSchema,
    inputs: z.array(InputSchema).describe("Audio files that were read, in order of use."),
    model: ModelBlockSchema,
    encoder: ModelBlockSchema.optional().describe(
      "The sentence encoder or cross-encoder that compared answers, where the payoff used one.",
    ),
    aligner: ModelBlockSchema.optional().describe("What found the words in the audio, where transcripts were given."),
    runtime: RuntimeSchema,
    response: ResponseSchema,
    explainer: ExplainerSchema,
    payoff: PayoffBlockSchema,
    uncertainty: UncertaintySchema,
    players: z.array(PlayerSchema).describe("What coalitions keep or drop as one, with its value; in order of the conversation."),
    conversation: z.array(z.array(EntrySchema)).describe("Turns → entries (runs of tokens of one modality) → tokens."),
    warnings: z.array(z.string()).optional().describe("What the reader of these values should know."),
    trace: z.array(TracePointSchema).optional().describe("The estimate after each round, where it was asked for."),
    interactions: InteractionsSchema.optional(),
    outputs: OutputsSchema.optional(),
    run: RunBlockSchema.optional(),
  })
  .describe("Shapley values of a conversation's tokens, words or audio segments for a model's answer.");

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

export type Result = DeepReadonly<z.output<typeof ResultSchema>>;
export type ResultPlayer = Result["players"][number];
export type ResultEntry = Result["conversation"][number][number];

/** JSON Schema (draft 2020-12) of a result; extra keys are allowed everywhere. */
export function resultJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(ResultSchema, { target: "draft-2020-12", io: "input" });
}
