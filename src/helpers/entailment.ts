import { ConnectorError } from "../errors.js";

/** What a cross-encoder for natural language inference tells pairs apart by. */
export interface Labels {
  /** By the number of the logit. */
  readonly names: readonly string[];
  /** Place of the label of entailment. */
  readonly entailment: number;
}

const ENTAILMENT = /^entail(s|ed|ment)?$/i;

/**
 * @param id2label as in config.json: names by numbers, written as texts.
 * @param whose begins the message, such as "… is no cross-encoder: its config.json (id2label)".
 * @throws ConnectorError where no label is that of entailment.
 */
export function labelsOf(id2label: unknown, whose: string): Labels {
  const table = typeof id2label === "object" && id2label !== null ? (id2label as Readonly<Record<string, unknown>>) : {};
  const names = Object.keys(table).map((_, i) => String(table[String(i)]));
  const entailment = names.findIndex((name) => ENTAILMENT.test(name));
  if (entailment >= 0) return { names, entailment };
  const told = names.length === 0 ? "none" : names.map((name) => JSON.stringify(name)).join(", ");
  throw new ConnectorError(`${whose} names ${told}; one must be "entailment"`);
}
