import { z } from "zod";

const count = z.int().min(0);
const nullableNumber = z.number().nullable();

const OutputSchema = z.object({
  kind: z.enum(["token", "frame", "word", "stretch"]).describe("token, word: of text; frame, stretch: of the answer's sound."),
  text: z.string().describe('Its text; "" for sound.'),
  steps: z.tuple([count, count]).describe("[start, end) among the steps of the answer, as response.tokens counts them."),
  start_s: nullableNumber.describe("Where it starts in the answer's sound, in seconds; null for text."),
  end_s: nullableNumber.describe("Where it ends in the answer's sound, in seconds; null for text."),
  full: z.number().describe("Its payoff with every player present: of several steps, their sum."),
  empty: z.number().describe("Its payoff with every player left out."),
  values: z.array(z.number()).describe("What each player is worth to it, in order of players; they sum to full − empty."),
  std_errors: z.array(z.number()).nullable().describe("Their standard errors from sampling; 0 = computed in full; null = unknown."),
  low: z.array(z.number()).nullable().describe("Lower ends of their intervals at uncertainty.confidence; null with std_errors."),
  high: z.array(z.number()).nullable().describe("Upper ends."),
});

export const OutputsSchema = z
  .object({
    steps: z
      .array(OutputSchema)
      .describe(
        "Steps that were explained, one each. The mean of their values is each player's value; of a contrast of whole answers (per: answer) their sum.",
      ),
    words: z.array(OutputSchema).describe("The same steps by words and stretches of sound; each is the sum of its steps."),
  })
  .describe("Which player decided which part of the answer: Shapley values of every step, each given the steps before it.");
