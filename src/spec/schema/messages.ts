import { z } from "zod";
import { LIMITS } from "../limits.js";

const text = z
  .string()
  .min(1, { error: "must not be empty" })
  .max(LIMITS.textLength, { error: `is longer than ${LIMITS.textLength} characters` })
  .refine((value) => !/\p{Surrogate}/u.test(value), { error: "contains half of a surrogate pair, which is no character" });

const TextPart = z.strictObject({ type: z.literal("text"), text: text.describe("What is said.") }).describe("A text.");

const AudioPart = z
  .strictObject({
    type: z.literal("audio"),
    path: z.string().min(1).max(4_096).describe("Audio file, relative to the spec file."),
    transcript: z
      .union([text, z.array(text).min(1).max(LIMITS.rangesPerGroup)])
      .nullable()
      .default(null)
      .describe("What is said in it, as one text or as a list of units; makes its players words."),
  })
  .describe("An audio file.");

const Part = z.discriminatedUnion("type", [TextPart, AudioPart]);

const Content = z
  .union([text, z.array(Part).min(1, { error: "must not be empty" }).max(LIMITS.partsPerMessage)])
  .transform((content) => (typeof content === "string" ? [{ type: "text" as const, text: content }] : content));

const Message = z.strictObject({
  role: z.enum(["system", "user", "assistant"]).describe("Who speaks."),
  content: Content.describe("A text, or a list of parts: {type: text, text} and {type: audio, path, transcript}."),
});

/** A content that is wrong in itself is still as it stands in the file. */
export function partsOf<T>(content: readonly T[]): readonly T[] {
  return Array.isArray(content) ? content : [];
}

export const MessagesSchema = z
  .array(Message)
  .min(1, { error: "must not be empty: the conversation needs at least one user message" })
  .max(LIMITS.messages)
  .superRefine((messages, context) => {
    const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    messages.forEach((message, i) => {
      if (message.role === "system" && i > 0) refuse([i, "role"], "must not be system here: a system message can only come first");
      if (message.role === "user") return;
      const audio = partsOf(message.content).findIndex((part) => part.type === "audio");
      if (audio >= 0) refuse([i, "content", audio], `must not be audio: audio belongs to user messages, not to ${message.role} messages`);
    });
    const user = messages.findIndex((message) => message.role === "user");
    if (user < 0) refuse([], "holds no user message: the model has nothing to answer");
  })
  .describe(
    "The conversation in the common chat format. The last user message is answered; an assistant message at the end is the answer to explain.",
  );

export const PromptSchema = z
  .union([text, z.array(text).min(1, { error: "must not be empty" }).max(LIMITS.partsPerMessage)])
  .transform((prompt) => (typeof prompt === "string" ? [prompt] : prompt))
  .describe(
    "A plain text that a base model continues, in place of messages: no chat template is used. A list is the same text in pieces, each tokenised on its own.",
  );

export const AnswerSchema = text.describe(
  "The continuation of the prompt to explain, where the model is not to write it itself; begins with the blank, if any, that stands between them.",
);
