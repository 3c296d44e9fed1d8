import { z } from "zod";
import { InputSchema, ModelBlockSchema, RuntimeSchema, SpecBlockSchema, ToolSchema } from "./provenance.js";
import { PlayerSchema } from "./values.js";

export const RECORDING_FORMAT = "mllm-shap/recording@1";

const place = z.int().min(0);

const AnswerSchema = z
  .object({
    text: z.string().describe("The answer, special tokens left out."),
    token_ids: z.array(z.int()).describe("Ids of its text steps."),
    modalities: z.array(z.union([z.literal(0), z.literal(1), z.literal(-1)])).describe("One a step, in order: 0 text, 1 audio."),
    audio: z
      .object({ frames: place, codebooks: place, codes: z.array(z.int()).describe("frames × codebooks, a frame's codes together.") })
      .describe("Its audio frames."),
    finish_reason: z.enum(["stop", "length", "given"]).describe("Why it ended."),
  })
  .describe("What the model answered.");

const PlayerPlaceSchema = PlayerSchema.pick({
  index: true,
  kind: true,
  text: true,
  turn: true,
  tokens: true,
  start_s: true,
  end_s: true,
  speaker: true,
}).extend({
  confidence: z.number().nullable().describe("How sure the aligner is of the stretch, 0 to 1; null where nothing was aligned."),
});

const TokensSchema = z
  .object({
    turns_number: place.describe("Turns of the conversation; some may hold no token."),
    texts: z.array(z.string()).describe("One a token."),
    turns: z.array(place).describe("Turn of each token, from 1; 0 before the first."),
    roles: z.array(z.union([z.literal(0), z.literal(1), z.literal(2)])).describe("0 user, 1 assistant, 2 system or template."),
    modalities: z.array(z.union([z.literal(0), z.literal(1), z.literal(-1)])).describe("0 text, 1 audio."),
    times: z
      .array(z.tuple([z.number(), z.number()]).nullable())
      .describe("[start, end] of its stretch of a clip in seconds; null for text."),
  })
  .describe("The conversation as the model was fed it, one entry a token; its sound is not kept.");

/** Nested lists of players: leaves are their indices. */
export type TreeBlock = number | { readonly name: string; readonly children: readonly TreeBlock[] };
const TreeSchema: z.ZodType<TreeBlock> = z.lazy(() => z.union([place, z.object({ name: z.string(), children: z.array(TreeSchema) })]));

const InputAskedSchema = z.object({
  fingerprint: z.string().describe("SHA-256 of everything that the model was fed."),
  log_probabilities: z
    .array(z.number().nullable())
    .optional()
    .describe("Natural log-probability of each step of the explained answer, where the payoff scores it or all was kept; null = −∞."),
  divergences: z
    .array(z.number())
    .optional()
    .describe("Minus the Jensen-Shannon divergence, in nats, of the next token's law from the whole conversation's, before each step."),
  foil_log_probabilities: z.array(z.number().nullable()).optional().describe("Those of the foil's steps, where there is one."),
  answer: place.optional().describe("Which of `answers` it gave, where the payoff compares answers or all was kept."),
});

/** All that an explanation asked a model and got: enough to explain again, with other settings, without the model. */
export const RecordingSchema = z
  .object({
    schema: z.literal(RECORDING_FORMAT).describe("Name and version of this format."),
    tool: ToolSchema,
    spec: SpecBlockSchema,
    given: z.array(z.string()).describe("Keys of the spec that were given, not filled in."),
    inputs: z.array(InputSchema).describe("Audio files that were read, in order of use."),
    model: ModelBlockSchema,
    encoder: ModelBlockSchema.nullable().describe("The sentence encoder or cross-encoder that compared answers; null where none did."),
    aligner: ModelBlockSchema.nullable().describe("What found the words in the audio; null where nothing was aligned."),
    runtime: RuntimeSchema,
    warnings: z.array(z.string()).describe("What the user was warned of before anything was played."),
    notes: z.array(z.string()).describe("What the reader must know of how the model takes the conversation."),
    payoff: z.string().describe("What a coalition was worth: the payoff's kind."),
    tokens: TokensSchema,
    players: z.array(PlayerPlaceSchema).describe("What coalitions keep or drop as one."),
    tree: TreeSchema.describe("Unions of players from coarse to fine; a number is a player's index."),
    target: AnswerSchema.extend({
      tokens: z.array(z.string()).describe("Text of each token emitted, special tokens included."),
      frame_seconds: z.number().gt(0).nullable().optional().describe("Length of an audio frame; null where it is not known."),
    }).describe("The answer that is explained."),
    foil: AnswerSchema.extend({
      span: z.tuple([place, place]).describe("Steps [start, end) of the explained answer that are compared."),
      foil_span: z.tuple([place, place]).describe("Steps of this one that are."),
    })
      .optional()
      .describe("What the explained answer is compared with, where the payoff contrasts."),
    needs: z
      .enum(["scores", "divergences", "responses"])
      .describe("What was asked: log-probabilities of the answer, divergences of the next token's law before each step of it, or answers."),
    answers: z.array(AnswerSchema).describe("Different answers."),
    asked: z.array(InputAskedSchema).describe("Different inputs of the model, in order."),
    coalitions: z.array(z.string()).describe("Different coalitions, in order: eight players a byte, the first lowest, in base64."),
    input_of: z.array(place).describe("For each coalition its input in `asked`."),
  })
  .describe("What an explanation asked its model, and what that answered.");

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

export type Recording = DeepReadonly<z.output<typeof RecordingSchema>>;
export type AnswerBlock = Recording["answers"][number];

/** JSON Schema (draft 2020-12) of a recording. */
export function recordingJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(RecordingSchema, { target: "draft-2020-12", io: "input" });
}
