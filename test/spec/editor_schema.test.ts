import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { audioMasks } from "../../src/audio/masks/registry.js";
import { connectors } from "../../src/connectors/registry.js";
import { specPayoffs } from "../../src/payoffs/registry.js";
import { methods } from "../../src/shapley/registry.js";
import { editorSchema } from "../../src/spec/editor_schema.js";
import type { JsonSchema } from "../../src/spec/keys.js";

const schema = editorSchema();
const validate = new Ajv2020({ strict: false }).compile(schema);
const model = { repo: "embedded:nano" };
const messages = [{ role: "user", content: "hi" }];

/** Constants of a key, with what is said of them, through all its forms. */
function constants(one: JsonSchema | undefined): readonly (readonly [unknown, string | undefined])[] {
  if (one === undefined) return [];
  const own = one.const === undefined ? [] : [[one.const, one.description] as const];
  return [...own, ...[...(one.anyOf ?? []), ...(one.oneOf ?? [])].flatMap(constants)];
}

describe("values say what they mean, in their registry's words", () => {
  test.each([
    ["model", "connector", connectors],
    ["explain", "sampler", methods],
    ["explain", "payoff", specPayoffs],
    ["explain", "audio_masking", audioMasks],
  ] as const)("%s.%s", (section, key, rows) => {
    const said = new Map(constants(schema.properties?.[section]?.properties?.[key]));
    for (const { name, summary } of rows) expect([name, said.get(name)]).toEqual([name, summary]);
    for (const [, description] of said) expect(description?.length).toBeGreaterThan(10);
  });
});

test.each([
  [true, { $schema: "x.json", model, messages }],
  [true, { model, prompt: "The", answer: " end" }],
  [true, messages],
  [true, { model, messages, explain: { sampler: "exact", payoff: { kind: "tfidf" } } }],
  [true, { model, messages, explain: { sampler: "loo" } }],
  [false, { model, messages, prompt: "x" }],
  [false, { model }],
  [false, { model, messages, explain: { sampler: "exakt" } }],
  [false, { model, messages, explain: { payoff: "none" } }],
  [false, [{ role: "pope", content: "hi" }]],
  [false, "text"],
])("valid is %s: %j", (valid, spec) => {
  expect(validate(spec)).toBe(valid);
});
