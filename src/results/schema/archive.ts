import { z } from "zod";
import { ToolSchema } from "./provenance.js";
import { RecordingSchema } from "./recording.js";

export const ARCHIVE_FORMAT = "mllm-shap/archive@1";

const count = z.int().min(0);
const { shape } = RecordingSchema;

/** The first line of an archive; what follows is as many lines as it says. */
export const ArchiveHeadSchema = z.strictObject({
  schema: z.literal(ARCHIVE_FORMAT).describe("Name and version of this format."),
  tool: ToolSchema,
  answers: count.describe("Lines of answers, behind those of the result and of the facts."),
  inputs: count.describe("Lines of inputs, behind the answers."),
  coalitions: count.describe("Lines of coalitions, the last ones."),
});

/** The second line: a result, which readers of results check. */
export const ResultLineSchema = z.strictObject({ result: z.unknown() });

/** The third line: a recording without its lists. */
export const FactsLineSchema = z.strictObject({
  recording: z.strictObject(shape).omit({ answers: true, asked: true, coalitions: true, input_of: true }),
});

export const AnswerLineSchema = z.strictObject({ answer: shape.answers.element });
export const InputLineSchema = z.strictObject({ input: z.strictObject(shape.asked.element.shape) });
export const CoalitionLineSchema = z.strictObject({
  coalition: shape.coalitions.element.describe("Eight players a byte, the first lowest, in base64."),
  input: shape.input_of.element.describe("Its input, counted from 0."),
});
