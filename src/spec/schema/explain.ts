import { z } from "zod";
import { AUDIO_MASK_NAMES, audioMasks } from "../../audio/masks/registry.js";
import { type SpecPayoffRow, specPayoffs } from "../../payoffs/registry.js";
import { AUTO } from "../../shapley/auto.js";
import { BUDGET_A_PLAYER, LARGEST_BUDGET } from "../../shapley/budget.js";
import { NORMALIZERS, type NormalizerName } from "../../shapley/normalizers.js";
import { methods, SAMPLER_NAMES } from "../../shapley/registry.js";
import { DEFAULT_TEXT_MASKING, TextMaskingSchema, textMasks } from "../../text/masks/registry.js";
import { TEXT_UNIT_NAMES, TEXT_UNITS, type TextUnitName, textUnits } from "../../text/units/registry.js";
import { LIMITS } from "../limits.js";
import { parseSize, SIZE } from "../size.js";

const aliases = methods.flatMap(({ name, aliases: others }) => others.map((alias) => `${alias} is another name of ${name}`)).join(", ");

const Payoff = z.discriminatedUnion("kind", specPayoffs.map(({ schema }) => schema) as [SpecPayoffRow["schema"]]);

const payoff = z
  .union([z.enum(specPayoffs.map(({ name }) => name)), Payoff])
  .transform((value, context) => (typeof value === "string" ? payoffOf(value, context) : value));

/** A payoff by its name alone, which some cannot do with. */
function payoffOf(kind: string, context: z.RefinementCtx): z.output<typeof Payoff> {
  const parsed = Payoff.safeParse({ kind });
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map(({ path }) => path.join(".")).join(", ");
  context.addIssue(`${kind} cannot do without ${missing}: write {kind: ${kind}, ${missing}: …}`);
  return z.NEVER;
}

const textPlayers = z.enum(TEXT_UNIT_NAMES);
const audioPlayers = z.enum(["auto", "token", "segment", "word"]);

const Players = z.strictObject({
  text: textPlayers
    .default("token")
    .describe(`What is one player in text. ${textUnits.map(({ name, summary }) => `${name}: ${summary}`).join("; ")}.`),
  audio: audioPlayers
    .default("auto")
    .describe("What is one player in audio; word needs a transcript; auto: word where there is one, else segment."),
  segment_seconds: z.number().gt(0).max(3_600).default(0.25).describe("Length of an audio segment."),
});

const SEGMENT = "segment";

/** A kind that sound has, too, means both; a segment is of sound alone. */
function playersOf(short: TextUnitName | typeof SEGMENT): z.input<typeof Players> {
  if (short === SEGMENT) return { audio: SEGMENT };
  const audio = audioPlayers.safeParse(short);
  return TEXT_UNITS[short].ofSound && audio.success ? { text: short, audio: audio.data } : { text: short };
}

const players = z
  .union([z.enum([...TEXT_UNIT_NAMES, SEGMENT]), Players])
  .transform((value) => (typeof value === "string" ? Players.parse(playersOf(value)) : value));

const name = z.string().min(1).max(200);
const range = z
  .tuple([z.int().min(0), z.int().min(1)])
  .refine(([start, end]) => start < end, { error: "must be [start, end) with start < end" });

const Group = z.union([
  z.strictObject({
    name: name.describe("What the player is called in results."),
    tokens: z.array(range).min(1).max(LIMITS.rangesPerGroup).describe("Ranges [start, end) of token positions, as `inspect` prints them."),
  }),
  z.strictObject({
    name: name.describe("What the player is called in results."),
    phrase: z.string().min(1).max(LIMITS.textLength).describe("Text of the conversation that is one player."),
    occurrence: z.int().min(1).optional().describe("Which one, from 1; needed where the phrase stands more than once."),
  }),
]);

const Target = z.union([
  z
    .string()
    .min(1)
    .max(LIMITS.textLength)
    .transform((text) => ({ text })),
  z.strictObject({
    text: z.string().min(1).max(LIMITS.textLength).describe("Text of the answer."),
    occurrence: z.int().min(1).optional().describe("Which one, from 1; needed where the text stands more than once."),
  }),
  z.strictObject({ steps: range.describe("[start, end) among the answer's steps, as a result's response.tokens counts them.") }),
]);

const budgetError = { error: `must be a whole number from 2 to ${LARGEST_BUDGET}, or so many a player, such as 10n` };

const budget = z.union(
  [
    z.int(budgetError).min(2, budgetError).max(LARGEST_BUDGET, budgetError),
    z
      .string()
      .regex(BUDGET_A_PLAYER, budgetError)
      .refine((value) => Number.parseFloat(value) > 0, budgetError),
  ],
  budgetError,
);

const tolerance = z
  .union([
    z.number().gt(0),
    z.string().regex(/^\s*\d+(\.\d+)?\s*%\s*$/, { error: "must be null, a positive number of payoff units, or a share such as 10%" }),
  ])
  .refine((value) => typeof value === "number" || Number.parseFloat(value) > 0, { error: "must be more than 0%" })
  .nullable();

export const ExplainSchema = z
  .strictObject({
    sampler: z
      .enum(SAMPLER_NAMES)
      .default(AUTO.name)
      .describe(`How Shapley values are computed; ${aliases}. auto: exact where the budget pays for it, sampled otherwise.`),
    budget: budget
      .default(1024)
      .describe("Distinct coalitions to play, the empty and the full one included: a number, or so many a player, as 10n."),
    tolerance: tolerance
      .default(null)
      .describe(
        "Stop when every interval's half-width is below this: payoff units, or a share such as 10% of payoff(full) − payoff(empty).",
      ),
    confidence: z.number().gt(0).lt(1).default(0.95).describe("Two-sided confidence of the intervals."),
    payoff: payoff.prefault("likelihood").describe("What a coalition is worth: a kind, or {kind, …} with its options."),
    target: Target.nullable()
      .prefault(null)
      .describe(
        "Explain a part of the answer alone, given what stands before it: its text, {text, occurrence} or {steps: [start, end)}; null: all of it.",
      ),
    players: players
      .prefault({})
      .describe(`What a coalition keeps or drops as one: ${[...TEXT_UNIT_NAMES, SEGMENT].join(", ")}, or {text, audio, segment_seconds}.`),
    groups: z
      .array(Group)
      .max(LIMITS.groups)
      .default([])
      .describe("Players of your own: {name, phrase, occurrence} or {name, tokens: [[start, end)]}."),
    system_roles: z.enum(["none", "system", "system_assistant"]).default("system").describe("Which roles are never players."),
    token_filter: z.enum(["none", "punctuation"]).default("none").describe("Which tokens are never players."),
    text_masking: TextMaskingSchema.prefault(DEFAULT_TEXT_MASKING.kind).describe(
      `What happens to text that a coalition leaves out: a kind, or {kind, text}. ${textMasks.map(({ name, summary }) => `${name}: ${summary}`).join("; ")}.`,
    ),
    audio_masking: z
      .enum(["model", ...AUDIO_MASK_NAMES])
      .default("model")
      .describe(
        `What happens to audio that a coalition leaves out. ${audioMasks.map(({ name, summary }) => `${name}: ${summary}`).join("; ")}; model: what the model's card states.`,
      ),
    aligner: z
      .string()
      .min(1)
      .max(1_000)
      .default("embedded:nano-ctc")
      .describe("Finds the words of a transcript: embedded:nano-ctc, a local folder, or a hub id of a wav2vec2-style CTC model in ONNX."),
    normalizer: z
      .enum(Object.keys(NORMALIZERS) as NormalizerName[])
      .default("power-shift")
      .describe("How values become the shap_values of the conversation; rankings use the raw values."),
    interactions: z
      .boolean()
      .default(false)
      .describe("Also tell which players work together: pairwise Shapley interactions (not with owen)."),
    outputs: z
      .boolean()
      .default(true)
      .describe("Also tell which player decided which word of the answer, where the payoff scores its steps: at no further call."),
    top: z
      .int()
      .min(1)
      .max(10_000)
      .nullable()
      .default(null)
      .describe("With owen: refine only the heaviest unions (turns, sentences, clips) to their players, this many; the rest stay whole."),
    trace: z.boolean().default(false).describe("Keep the estimates after every round in the result, to see how they converge."),
    seed: z.int().default(0).describe("Seed of everything that is drawn."),
  })
  .describe("What is explained, and how.");

export const RunSchema = z
  .strictObject({
    cache: z.boolean().default(true).describe("Remember answers on disk (command cache), so that no input is asked twice."),
    memory: z
      .union([z.int().min(1), z.string().regex(SIZE, { error: "must be bytes, or a size such as 512MiB or 4GiB" })])
      .transform((value) => (typeof value === "number" ? value : (parseSize(value) ?? Number.NaN)))
      .refine((value) => value >= 1024 * 1024, { error: "must be at least 1MiB" })
      .prefault("4GiB")
      .describe("What one batch may take, in bytes or as 512MiB, 4GiB."),
    batch_size: z.int().min(1).max(65_536).nullable().default(null).describe("Rows of a batch at most; null: by memory."),
    speculation: z
      .boolean()
      .default(true)
      .describe("Guess how answers go on from those given so far, and check several tokens in one pass: same answers, fewer passes."),
    concurrency: z.int().min(1).max(256).nullable().default(null).describe("Requests that a server is sent at a time; null: by its kind."),
    threads: z.int().min(0).max(1_024).default(0).describe("Native threads; 0: one for a small decoder, else one a core."),
  })
  .describe("How the work is done; it changes no value.");
