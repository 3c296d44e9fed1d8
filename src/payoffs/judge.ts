import { z } from "zod";
import { SpecError } from "../errors.js";
import type { GradeAnswers } from "../helpers/types.js";
import { itemAt } from "../util/elements.js";
import { definePayoff } from "./payoff.js";
import type { ResponsePayoff } from "./types.js";

const PROMPT = `Here is a conversation.

{conversation}

This is a good answer: {reference}

This is another answer: {answer}

How well does the other answer fit, from {least} (not at all) to {most} (as well as the good one)? Answer with the number alone.`;

/** Digits that tokenisers keep whole. */
const grade = (meaning: string, usual: number) => z.number().int().min(0).max(99).default(usual).describe(meaning);

export const judge = definePayoff({
  name: "judge",
  summary: "grade that a language model gives an answer, as the expected value over the grades' tokens",
  asks: "responses",
  texts: ["prompt", "reference"],
  options: {
    source: z
      .string()
      .min(1)
      .describe(
        "The model that grades: a folder or hub id of a chat model in ONNX, or server:NAME for one behind the server that you name.",
      ),
    dtype: z.string().min(1).default("auto").describe("Precision of its weights, as model.dtype says it."),
    prompt: z
      .string()
      .min(1)
      .max(100_000)
      .default(PROMPT)
      .refine((text) => text.includes("{answer}"), { error: "must hold {answer}, where the answer is put" })
      .describe("What it is asked. {answer}, {reference}, {conversation}, {least} and {most} are filled in."),
    reference: z
      .string()
      .min(1)
      .max(100_000)
      .nullable()
      .default(null)
      .describe("The good answer that the prompt may name; null: the answer that is explained."),
    least: grade("The worst grade.", 1),
    most: grade("The best grade. Each grade must be one token of the model.", 5),
  },
  helper: ({ source }) => ({ key: "source", repo: source }),
  create: async ({ source, dtype, prompt, reference, least, most }, { loadJudge, conversation }) => {
    if (least >= most) throw new SpecError(`payoff judge: least (${least}) must be below most (${most})`);
    const { grading } = await loadJudge(source, dtype, { prompt, least, most });
    const always = { conversation: conversation(), least: String(least), most: String(most) };
    return judgePayoff((target) => {
      const given = { ...always, reference: reference ?? target };
      return grading((answer) => filled(prompt, { ...given, answer }));
    }, `${least} to ${most}`);
  },
});

/** Each name in braces that is known, once: what is filled in is not looked at again. */
function filled(prompt: string, texts: Readonly<Record<string, string>>): string {
  return prompt.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(texts, name) ? (texts[name] as string) : whole));
}

/** Below this the grades are a small part of what the judge would say. */
const DOUBTED = 0.5;

/** @param gradingFor grades answers beside the one that is explained. @param range the grades, in words. */
export function judgePayoff(gradingFor: (target: string) => GradeAnswers, range: string): ResponsePayoff {
  return {
    needs: "responses",
    async fit(target, _documents, run) {
      const grade = gradingFor(target.text);
      // For the warning alone: it is graded again among the others.
      const { probability } = itemAt(await grade([target.text], run), 0);
      const known = new Map<string, number>();
      return {
        fittedOn: null,
        warnings: probability < DOUBTED ? [doubt(probability, range)] : [],
        async values(responses, chunkRun) {
          const fresh = [...new Set(responses.map(({ text }) => text))].filter((text) => !known.has(text));
          const graded = await grade(fresh, chunkRun);
          fresh.forEach((text, i) => {
            known.set(text, itemAt(graded, i).grade);
          });
          return Float64Array.from(responses, ({ text }) => known.get(text) as number);
        },
      };
    },
  };
}

function doubt(probability: number, range: string): string {
  const share = probability < 0.001 ? "less than 0.1" : (probability * 100).toPrecision(2);
  return `the judge answers with a grade from ${range} with a probability of ${share} % where it is asked about the explained answer: its grades say little unless its prompt or its grades are changed`;
}
