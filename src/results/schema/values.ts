import { z } from "zod";
import { TEXT_UNIT_NAMES } from "../../text/units/registry.js";

export const PLAYER_KINDS = [...TEXT_UNIT_NAMES, "segment", "group"] as const;

const nullableNumber = z.number().nullable();
const count = z.int().min(0);
const interval = z.tuple([z.number(), z.number()]).describe("[low, high] in payoff units.");

export const ExplainerSchema = z
  .object({
    sampler: z.string().describe("Method that computed the values (what auto chose, where auto was asked for)."),
    payoff: z.string().describe("What a coalition is worth: the payoff's kind."),
    n_players: count.describe("Number of players."),
    budget: count.nullable().describe("Distinct coalitions allowed, ∅ and N included; null where none applied."),
    coalitions: count.describe("Distinct coalitions played, ∅ and N included."),
    distinct_inputs: count.describe("Different model inputs among them: different coalitions may leave the same tokens."),
    biased: z.boolean().describe("The estimator is known to be biased at this budget."),
    asked_sampler: z.string().optional().describe("The sampler as in the spec."),
    text_masking: z
      .looseObject({ kind: z.string().describe("The kind of mask; its options stand beside it.") })
      .optional()
      .describe("What stood in for text that a coalition left out; absent: nothing did (delete)."),
    normalizer: z.string().optional().describe("What turned values into normalized and shap_values."),
    seed: z.number().optional().describe("Seed of everything drawn."),
    stopped_by: z
      .string()
      .optional()
      .describe("budget, tolerance or enumeration (every coalition there is was played): why no more were played."),
  })
  .describe("How the values were computed.");

const FittedOnSchema = z.object({
  responses: count.describe("Responses, repeats included."),
  distinct: count.describe("Different ones among them."),
});

const TargetSchema = z
  .object({
    steps: z.tuple([count, count]).describe("[start, end) among the answer's steps."),
    text: z.string().describe("Their text."),
  })
  .describe("The part of the answer that was explained, given what stands before it; absent: all of it.");

const ContrastSchema = z
  .object({
    foil: z.string().describe("The other text."),
    steps: z.tuple([count, count]).describe("[start, end) among the steps of the other answer; those before are the answer's own."),
    per: z.enum(["answer", "token"]).describe("answer: the difference of the two log-probabilities; token: of their means over tokens."),
  })
  .describe("What the target was compared with: payoffs are log p(target) − log p(foil), ends of answers left out.");

export const PayoffBlockSchema = z
  .object({
    full: z.number().describe("Payoff with every player present, v(N)."),
    empty: z.number().describe("Payoff with every player left out, v(∅)."),
    sum_of_values: z.number().describe("Sum of the players' values."),
    efficiency_gap: z.number().describe("sum_of_values − (full − empty): 0 up to rounding for methods that are efficient."),
    fitted_on: FittedOnSchema.nullable().describe("What a payoff that depends on other responses was fitted on; null for the rest."),
    target: TargetSchema.optional(),
    contrast: ContrastSchema.optional(),
  })
  .describe("What the values add up to.");

export const UncertaintySchema = z
  .object({
    method: z.string().describe("How standard errors and intervals were found; none where there are none."),
    confidence: z.number().describe("Two-sided, pointwise confidence of the intervals."),
    reason: z.string().nullable().optional().describe("Why there is no standard error, where there is none."),
    ranking: nullableNumber
      .optional()
      .describe(
        "Spearman's rank correlation that is expected between these values and the exact ones, by their errors; 1 = computed in full; null = unknown.",
      ),
  })
  .describe("How sure the values are, as far as sampling goes.");

export const PlayerSchema = z.object({
  index: count.describe("Position among the players, from 0."),
  kind: z.enum(PLAYER_KINDS).describe("What the player is."),
  text: z.string().describe('Its text, outer blanks trimmed; a group\'s name; "" for audio without a transcript.'),
  turn: count.describe("Turn of its first token, from 1."),
  tokens: z.array(count).describe("Its tokens' positions in the conversation, ascending, from 0."),
  start_s: nullableNumber.describe("Where it starts in its clip, in seconds; null for text."),
  end_s: nullableNumber.describe("Where it ends in its clip, in seconds; null for text."),
  value: z.number().describe("Shapley value in payoff units. Rank and compare by this."),
  std_error: nullableNumber.describe("Standard error of value from sampling; 0 = computed in full; null = unknown."),
  interval: interval.nullable().describe("[low, high] at uncertainty.confidence; null with std_error."),
  normalized: z.number().describe("The value after the normalizer; signs and order may be lost."),
  confidence: nullableNumber.optional().describe("How sure the aligner is of the stretch, 0 to 1; null where nothing was aligned."),
  speaker: z.string().optional().describe("Who says it, where the transcript names one speaker of all its words."),
});

export const TracePointSchema = z.object({
  coalitions: count.describe("Distinct coalitions so far."),
  values: z.array(z.number()).describe("The values as estimated from them, one a player."),
  std_errors: z.array(z.number()).nullable().describe("Their standard errors; null where unknown."),
});

const InteractionSchema = z.object({
  players: z.tuple([count, count]).describe("Indices of two players."),
  value: z.number().describe("What they are worth together beyond what they are worth apart; negative: one can stand for the other."),
  std_error: nullableNumber.optional().describe("Standard error of value from sampling; 0 = computed in full; null or absent = unknown."),
  interval: interval
    .nullable()
    .optional()
    .describe("[low, high] at the interactions' uncertainty.confidence; where it holds 0, the pair may be chance."),
});

export const InteractionsSchema = z
  .object({
    exact: z.boolean().describe("Computed from all coalitions; otherwise estimated from those sampled."),
    pairs: z.array(InteractionSchema).describe("The strongest pairs first, by absolute value; at most 1,000."),
    main: z.array(z.number()).describe("What each player is worth alone: its value less half of all its pairs."),
    uncertainty: UncertaintySchema.optional(),
  })
  .describe("Pairwise Shapley interactions (k-SII of order 2): with all pairs, main effects and pairs sum to full − empty.");
