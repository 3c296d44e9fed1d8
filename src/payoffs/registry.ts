import type { Model } from "../connectors/base/types.js";
import { SpecError } from "../errors.js";
import { type CommandOptions, commandPayoff } from "./command.js";
import { type Embed, embeddingPayoff } from "./embedding.js";
import { exactMatch } from "./exact_match.js";
import { likelihood } from "./likelihood.js";
import type { PayoffName, ReducerName, SimilarityName } from "./names.js";
import { tfidf } from "./tfidf.js";
import type { Payoff } from "./types.js";

/** What the spec says of the payoff; a `command` stands on the command line instead. */
export type PayoffChoice =
  | { readonly kind: "likelihood" | "tfidf" | "exact-match" }
  | {
      readonly kind: "embedding";
      /** `static`, `contextual`, or a sentence encoder's repository. */
      readonly source: string;
      readonly reducer: ReducerName;
      readonly similarity: SimilarityName;
    }
  | ({ readonly kind: "command" } & CommandOptions);

/** What payoffs may call on. */
export interface PayoffContext {
  readonly model: Model;
  /** Loads a sentence encoder by its repository. */
  readonly loadEncoder: (repo: string) => Promise<Embed>;
}

type Of<Name extends PayoffName> =
  Extract<PayoffChoice, { readonly kind: Name }> extends never ? { readonly kind: Name } : Extract<PayoffChoice, { readonly kind: Name }>;

interface Row<Name extends PayoffName> {
  readonly summary: string;
  readonly create: (choice: Of<Name>, context: PayoffContext) => Promise<Payoff> | Payoff;
}

export const PAYOFFS = {
  likelihood: { summary: "mean log-probability of the answer's steps", create: () => likelihood },
  tfidf: { summary: "cosine similarity of TF-IDF vectors of generated answers", create: () => tfidf },
  embedding: {
    summary: "similarity of answers' embeddings",
    create: async ({ source, reducer, similarity }, context) => embeddingPayoff(await embedOf(source, context), reducer, similarity),
  },
  "exact-match": { summary: "1 where the generated answer is the same, else 0", create: () => exactMatch },
  command: { summary: "scores printed by a program that reads answers as JSON lines", create: (choice) => commandPayoff(choice) },
} as const satisfies { readonly [Name in PayoffName]: Row<Name> };

/**
 * @throws SpecError where the model cannot give what the payoff needs.
 */
export async function createPayoff(choice: PayoffChoice, context: PayoffContext): Promise<Payoff> {
  const row = PAYOFFS[choice.kind] as Row<PayoffName>;
  const payoff = await row.create(choice as never, context);
  if (payoff.needs === "scores" && !context.model.can.score) {
    throw new SpecError(
      `the connector ${context.model.identity.connector} cannot score a given answer, which the payoff ${choice.kind} needs: use tfidf, embedding or exact-match`,
    );
  }
  return payoff;
}

async function embedOf(source: string, { model, loadEncoder }: PayoffContext): Promise<Embed> {
  if (source === "static") return (responses) => model.getStaticEmbeddings(responses);
  if (source === "contextual") return (responses) => model.getContextualEmbeddings(responses);
  return await loadEncoder(source);
}
