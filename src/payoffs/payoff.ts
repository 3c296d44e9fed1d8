import { z } from "zod";
import type { Model } from "../connectors/types.js";
import type { Embed, Entail, GradeAnswers, JudgeSettings } from "../helpers/types.js";
import type { Payoff, ResponsePayoff, ScorePayoff } from "./types.js";

/** What payoffs may ask of the model that is explained. */
export type AskedForEmbeddings = Pick<Model, "identity" | "getStaticEmbeddings" | "getContextualEmbeddings" | "diverge"> & {
  readonly can: Pick<Model["can"], "score">;
};

/** What payoffs may call on. */
export interface PayoffContext {
  readonly model: AskedForEmbeddings;
  /** Loads a sentence encoder by its repository. */
  readonly loadEncoder: (repo: string) => Promise<Embed>;
  /** Loads a cross-encoder for natural language inference by its repository. */
  readonly loadCrossEncoder: (repo: string) => Promise<Entail>;
  /** Loads a chat model that grades answers by its repository. */
  readonly loadJudge: (repo: string, dtype: string, settings: JudgeSettings) => Promise<Grading>;
  /** What was said before the answer that is explained, as a text. */
  readonly conversation: () => string;
}

export interface Grading {
  /** @param ask what the judge is asked about an answer. */
  grading(ask: (answer: string) => string): GradeAnswers;
}

/** A model that a payoff loads beside the one that answers. */
export interface PayoffHelper {
  /** The option that names it. */
  readonly key: string;
  readonly repo: string;
}

type ChoiceSchema<Name extends string, Shape extends z.core.$ZodLooseShape> = z.ZodObject<
  { readonly kind: z.ZodLiteral<Name> } & Shape,
  z.core.$strict
>;

/** A payoff as the registry holds it: the spec's schema, the help and the library ask these, never a name. */
export interface PayoffDefinition<
  Name extends string = string,
  Shape extends z.core.$ZodLooseShape = z.core.$ZodLooseShape,
  Flag extends string | null = string | null,
> {
  /** As specs and flags say it. */
  readonly name: Name;
  /** One line of help, and in the schema a sentence. */
  readonly summary: string;
  /** The flag that alone can ask for it; null where any spec may. */
  readonly flag: Flag;
  /** What it is made from: numbers of the answer's steps, which not every connector gives, or answers. */
  readonly asks: Payoff["needs"];
  /** Options that hold texts of whose the conversation is, which are left out where texts are. */
  readonly texts: readonly string[];
  /** `{kind, …options}` as specs say it. */
  readonly schema: ChoiceSchema<Name, Shape>;
  /** What the choice wants loaded. */
  readonly helper: (choice: { readonly kind: string }) => PayoffHelper | null;
  readonly create: (choice: { readonly kind: string }, context: PayoffContext) => Promise<Payoff>;
}

/** The payoffs that are made of what is asked. */
type PayoffThat<Asks extends Payoff["needs"]> = Asks extends ScorePayoff["needs"] ? ScorePayoff : ResponsePayoff;

/** What a payoff's file states. `Shape`: its options, defaults and meanings included. */
export interface PayoffSpec<
  Name extends string,
  Shape extends z.core.$ZodLooseShape,
  Asks extends Payoff["needs"],
  Flag extends string | null,
> {
  readonly name: Name;
  readonly summary: string;
  /** @default null */
  readonly flag?: Flag;
  readonly asks: Asks;
  /** @default none */
  readonly options?: Shape;
  /** @default none */
  readonly texts?: readonly (keyof Shape & string)[];
  readonly helper?: (options: z.output<ChoiceSchema<Name, Shape>>) => PayoffHelper | null;
  readonly create: (options: z.output<ChoiceSchema<Name, Shape>>, context: PayoffContext) => PayoffThat<Asks> | Promise<PayoffThat<Asks>>;
}

/** The door that every payoff comes in by: one file and one entry of `registry.ts` make a kind of payoff. */
export function definePayoff<
  const Name extends string,
  const Asks extends Payoff["needs"],
  Shape extends z.core.$ZodLooseShape = Record<never, never>,
  const Flag extends string | null = null,
>(spec: PayoffSpec<Name, Shape, Asks, Flag>): PayoffDefinition<Name, Shape, Flag> {
  const { name, summary, asks } = spec;
  const schema = z
    .strictObject({ kind: z.literal(name), ...(spec.options ?? {}) })
    .describe(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`) as unknown as ChoiceSchema<Name, Shape>;
  return {
    name,
    summary,
    asks,
    schema,
    texts: spec.texts ?? [],
    flag: (spec.flag ?? null) as Flag,
    helper: (choice) => spec.helper?.(schema.parse(choice)) ?? null,
    create: async (choice, context) => await spec.create(schema.parse(choice), context),
  };
}
