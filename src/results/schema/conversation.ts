import { z } from "zod";

const nullableNumber = z.number().nullable();

export const AudioAnswerSchema = z.object({
  frames: z.int().min(0).describe("Audio frames emitted."),
  codebooks: z.int().min(0).describe("Codes a frame."),
  seconds: nullableNumber.describe("Length of the decoded sound, in seconds; null where it was not decoded."),
  format: z.string().nullable().describe("Encoding of content, such as wav; null without content."),
  content: z.string().nullable().describe("The sound in base64 where it was asked for, else null."),
});

export const ResponseSchema = z
  .object({
    text: z.string().describe("The answer, special tokens left out."),
    tokens: z.array(z.string()).describe("Text of each token emitted, special tokens included."),
    finish_reason: z.enum(["stop", "length", "given"]).describe("stop: ended by itself; length: cut off; given: taken from the spec."),
    audio: AudioAnswerSchema.nullable().describe("The answer's sound; null for a text answer."),
    log_probabilities: z
      .array(z.number())
      .optional()
      .describe("Natural log-probability of each step of the answer, given the whole conversation, where the payoff scored it."),
  })
  .describe("The answer that is explained.");

const SegmentSchema = z.object({
  text: z.string().describe('What is said in the stretch; "" where no transcript was given.'),
  start_s: nullableNumber.describe("Start in the clip, in seconds."),
  end_s: nullableNumber.describe("End in the clip, in seconds."),
});

export const EntrySchema = z.object({
  content_type: z.union([z.literal(0), z.literal(1), z.literal(-1)]).describe("0 text, 1 audio, -1 neither."),
  roles: z.array(z.union([z.literal(0), z.literal(1), z.literal(2)])).describe("One a token: 0 user, 1 assistant, 2 system or template."),
  content: z
    .array(z.string())
    .describe(
      'One a token: its text (a character of several tokens stands on the first, the rest are ""). Audio: its transcript or "", or base64 where that was asked for.',
    ),
  shap_values: z
    .array(nullableNumber)
    .nullable()
    .describe("One a token: its player's normalized value, repeated on each of the player's tokens; null = not a player."),
  answer: z
    .boolean()
    .optional()
    .describe("true: the answer's own steps, of which outputs tells; they stand behind all tokens that were asked, and none is a player."),
  segments: z.array(SegmentSchema).optional().describe("Audio only, one a token: which stretch of the clip it is, and what is said there."),
});
