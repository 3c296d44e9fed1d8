import type { Embed } from "../helpers/types.js";
import type { PayoffContext, PayoffHelper } from "./payoff.js";

/** Embeddings that the model itself gives; any other source is a sentence encoder's repository. */
const OWN: Readonly<Record<string, (model: PayoffContext["model"]) => Embed>> = {
  static: (model) => (responses) => model.getStaticEmbeddings(responses),
  contextual: (model) => (responses) => model.getContextualEmbeddings(responses),
};

/** What a source of embeddings may be, in words. */
export const SOURCES = `${Object.keys(OWN).join(", ")}, the repository of a sentence encoder`;

/** The model that a source wants loaded; null for the explained model's own embeddings. */
export const encoderOf = (source: string): PayoffHelper | null => (Object.hasOwn(OWN, source) ? null : { key: "source", repo: source });

export async function embedOf(source: string, { model, loadEncoder }: PayoffContext): Promise<Embed> {
  return (Object.hasOwn(OWN, source) ? OWN[source] : undefined)?.(model) ?? (await loadEncoder(source));
}
