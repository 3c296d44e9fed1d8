import { z } from "zod";
import type { Tokenizer } from "../tokenizer.js";

/** A token that is fed in the place of others. */
export interface StandIn {
  readonly id: number;
  readonly text: string;
}

/** What is fed instead of a player's neighbouring tokens, which a coalition leaves out: the same for as many tokens. @param tokens ≥ 1 */
export type StandIns = (tokens: number) => readonly StandIn[];

type ChoiceSchema<Name extends string, Shape extends z.core.$ZodLooseShape> = z.ZodObject<
  { readonly kind: z.ZodLiteral<Name> } & Shape,
  z.core.$strict
>;

/** A way of masking text as the registry holds it: the spec's schema, the help and chats ask these, never a name. */
export interface TextMaskDefinition<Name extends string = string, Shape extends z.core.$ZodLooseShape = z.core.$ZodLooseShape> {
  /** As specs and flags say it. */
  readonly name: Name;
  /** What becomes of the text that a coalition leaves out, in a few words. */
  readonly summary: string;
  /** `{kind, …options}` as specs say it. */
  readonly schema: ChoiceSchema<Name, Shape>;
  /** Null where nothing stands in. @throws SpecError where the tokeniser's vocabulary cannot do what is asked. */
  readonly create: (choice: { readonly kind: string }, tokenizer: Tokenizer) => StandIns | null;
}

/** The door that every text mask comes in by: one file and one entry of `registry.ts` make a kind of `explain.text_masking`. */
export function defineTextMask<const Name extends string, Shape extends z.core.$ZodLooseShape = Record<never, never>>(spec: {
  readonly name: Name;
  readonly summary: string;
  /** @default none */
  readonly options?: Shape;
  readonly create: (options: z.output<ChoiceSchema<Name, Shape>>, tokenizer: Tokenizer) => StandIns | null;
}): TextMaskDefinition<Name, Shape> {
  const { name, summary } = spec;
  const schema = z
    .strictObject({ kind: z.literal(name), ...(spec.options ?? {}) })
    .describe(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`) as unknown as ChoiceSchema<Name, Shape>;
  return { name, summary, schema, create: (choice, tokenizer) => spec.create(schema.parse(choice), tokenizer) };
}

/** A text's tokens, as they are fed in the middle of another. */
export function tokensOf(text: string, tokenizer: Tokenizer): readonly StandIn[] {
  const ids = tokenizer.encode(text);
  const texts = tokenizer.tokenTexts(ids);
  return Array.from(ids, (id, i) => ({ id, text: texts[i] ?? "" }));
}
