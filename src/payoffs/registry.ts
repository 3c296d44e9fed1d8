import type { z } from "zod";
import { SpecError } from "../errors.js";
import { registryOf, rowNamed, rowsOf } from "../util/registry.js";
import { bertscore } from "./bertscore.js";
import { cer } from "./cer.js";
import { command } from "./command.js";
import { contrast } from "./contrast.js";
import { divergence } from "./divergence.js";
import { embedding } from "./embedding.js";
import { exactMatch } from "./exact_match.js";
import { judge } from "./judge.js";
import { likelihood } from "./likelihood.js";
import { nli } from "./nli.js";
import type { PayoffContext, PayoffDefinition } from "./payoff.js";
import { tfidf } from "./tfidf.js";
import type { Payoff } from "./types.js";
import { wer } from "./wer.js";

/** Every payoff: what is entered here is a kind of `explain.payoff` in the spec, the flags, the help and the library. */
export const PAYOFFS = registryOf(
  likelihood, //
  contrast,
  divergence,
  tfidf,
  embedding,
  exactMatch,
  wer,
  cer,
  nli,
  bertscore,
  judge,
  command,
);

type Row = (typeof PAYOFFS)[keyof typeof PAYOFFS];
/** Those that any spec may ask for. */
export type SpecPayoffRow = Extract<Row, { readonly flag: null }>;

export const payoffs: readonly PayoffDefinition[] = rowsOf<PayoffDefinition>(PAYOFFS as Readonly<Record<string, PayoffDefinition>>);
export const specPayoffs = payoffs.filter(({ flag }) => flag === null) as unknown as readonly SpecPayoffRow[];

/** Names of those that are made of the answer's steps, so that a part of it can be explained alone. */
export const stepPayoffs: readonly string[] = specPayoffs.filter(({ asks }) => asks !== "responses").map(({ name }) => name);

/** A payoff with its options. */
export type PayoffChoice = z.output<Row["schema"]>;

/** Names of the options that hold texts, of a choice as a file says it; of a payoff that is not known, all. */
export function textOptions(choice: Readonly<Record<string, unknown>>): readonly string[] {
  const known =
    typeof choice.kind === "string"
      ? rowNamed<PayoffDefinition>(PAYOFFS as Readonly<Record<string, PayoffDefinition>>, choice.kind)
      : undefined;
  return known?.texts ?? Object.keys(choice).filter((key) => key !== "kind");
}

/**
 * @throws SpecError where the model cannot give what the payoff needs.
 */
export async function createPayoff(choice: PayoffChoice, context: PayoffContext): Promise<Payoff> {
  const definition: Pick<PayoffDefinition, "asks" | "create"> = PAYOFFS[choice.kind];
  const lacking = lackOf(definition.asks, context);
  if (lacking !== null) {
    const others = specPayoffs.filter(({ asks }) => lackOf(asks, context) === null).map(({ name }) => name);
    throw new SpecError(
      `the connector ${context.model.identity.connector} cannot ${lacking}, which the payoff ${choice.kind} needs: use ${either(others)}`,
    );
  }
  return await definition.create(choice, context);
}

/** What the model cannot do of what is asked. */
function lackOf(asks: Payoff["needs"], { model }: PayoffContext): string | null {
  if (asks === "scores" && !model.can.score) return "score a given answer";
  return asks === "divergences" && model.diverge === undefined ? "give the laws of next tokens" : null;
}

const either = (names: readonly string[]): string => [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" or ");
