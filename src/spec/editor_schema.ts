import { audioMasks } from "../audio/masks/registry.js";
import { connectors } from "../connectors/registry.js";
import { payoffs } from "../payoffs/registry.js";
import { AUTO } from "../shapley/auto.js";
import { NORMALIZERS } from "../shapley/normalizers.js";
import { methods } from "../shapley/registry.js";
import { textMasks } from "../text/masks/registry.js";
import { rowsOf } from "../util/registry.js";
import { type JsonSchema, specJsonSchema } from "./keys.js";

/** What each value of an enumeration means. */
type Meanings = Readonly<Record<string, string>>;

/** Keys whose values are rows of a registry, and what these say of themselves. */
function described(): Readonly<Record<string, Meanings>> {
  const aliases = methods.flatMap(({ name, aliases: others }) => others.map((alias) => [alias, `another name of ${name}`] as const));
  return {
    connector: { auto: "found from the model's config.json and files", ...meaningsOf(connectors) },
    sampler: { ...meaningsOf([AUTO, ...methods]), ...Object.fromEntries(aliases) },
    payoff: meaningsOf(payoffs),
    normalizer: meaningsOf(rowsOf<Row>(NORMALIZERS)),
    text_masking: meaningsOf(textMasks),
    audio_masking: { model: "what the model's card states", ...meaningsOf(audioMasks) },
  };
}

interface Row {
  readonly name: string;
  readonly summary: string;
}

function meaningsOf(rows: readonly Row[]): Meanings {
  return Object.fromEntries(rows.map(({ name, summary }) => [name, summary]));
}

/**
 * The schema of specs for editors: every value of an enumeration that a registry holds says what it means, and a bare list of messages,
 * which is read as a spec, is allowed.
 */
export function editorSchema(): JsonSchema {
  const known = described();
  const { allOf, ...schema } = specJsonSchema();
  const { messages } = schema.properties ?? {};
  const sections = Object.entries(schema.properties ?? {}).map(([section, one]) => [section, withMeanings(one, known)] as const);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    ...schema,
    type: ["object", "array"],
    properties: Object.fromEntries(sections),
    ...(messages?.items === undefined ? {} : { items: messages.items }),
    // Of a list both would hold.
    if: { type: "object" },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { allOf },
  };
}

function withMeanings(section: JsonSchema, known: Readonly<Record<string, Meanings>>): JsonSchema {
  if (section.properties === undefined) return section;
  const keys = Object.entries(section.properties).map(
    ([key, one]) => [key, key in known ? spelledOut(one, known[key] ?? {}) : one] as const,
  );
  return { ...section, properties: Object.fromEntries(keys) };
}

/** Editors show the description of a constant, and none of an enumeration's value; programs read the enumeration. */
function spelledOut(schema: JsonSchema, meanings: Meanings): JsonSchema {
  const { enum: values, anyOf, oneOf, ...rest } = schema;
  if (values !== undefined) {
    return { ...rest, enum: values, oneOf: values.map((value) => ({ const: value, description: meanings[String(value)] ?? "" })) };
  }
  const inside = (forms: readonly JsonSchema[]): readonly JsonSchema[] => forms.map((form) => spelledOut(form, meanings));
  return { ...rest, ...(anyOf && { anyOf: inside(anyOf) }), ...(oneOf && { oneOf: inside(oneOf) }) };
}
