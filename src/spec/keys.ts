import { distance } from "fastest-levenshtein";
import { z } from "zod";
import type { Path } from "./parse.js";
import { SpecSchema } from "./schema.js";

/** The part of JSON Schema that zod writes for specs. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly (string | number | null)[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly [key: string]: unknown;
}

let made: JsonSchema | null = null;

/** JSON Schema (draft 2020-12) of what a spec file may say, defaults and descriptions included. */
export function specJsonSchema(): JsonSchema {
  made ??= {
    $id: "urn:mllm-shap:spec:1",
    title: "mllm-shap conversation spec",
    ...(z.toJSONSchema(SpecSchema, { io: "input" }) as JsonSchema),
    // What refinements say, for editors.
    allOf: [{ oneOf: [{ required: ["messages"] }, { required: ["prompt"] }] }],
    dependentRequired: { answer: ["prompt"] },
  };
  return made;
}

/** Keys that are valid in the mapping at `path`, over all of its forms. */
export function keysAt(path: Path): readonly string[] {
  const found = schemasAt(specJsonSchema(), path).flatMap((schema) => Object.keys(schema.properties ?? {}));
  // $schema is for editors, not for people.
  return [...new Set(found)].filter((key) => !key.startsWith("$"));
}

function schemasAt(schema: JsonSchema, path: Path): readonly JsonSchema[] {
  return path.reduce<readonly JsonSchema[]>((level, step) => level.flatMap((one) => inside(one, step)), branches(schema));
}

function inside(schema: JsonSchema, step: string | number): readonly JsonSchema[] {
  const next = schema.properties?.[String(step)] ?? schema.prefixItems?.[Number(step)] ?? schema.items;
  return next === undefined ? [] : branches(next);
}

/** The forms that a value may have, unions opened. */
export function branches(schema: JsonSchema): readonly JsonSchema[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return inner.length === 0 ? [schema] : inner.flatMap(branches);
}

/** One key of the spec that holds a value rather than a section. */
export interface LeafKey {
  readonly path: readonly [section: string, key: string];
  readonly schema: JsonSchema;
}

/** `model.*`, `generation.*`, `explain.*` and `run.*`, in the schema's order. */
export function leafKeys(): readonly LeafKey[] {
  return Object.entries(specJsonSchema().properties ?? {}).flatMap(([section, { properties }]) =>
    Object.entries(properties ?? {}).map(([key, schema]) => ({ path: [section, key] as const, schema })),
  );
}

/** `; did you mean "x"?` for a near miss, else the valid names. */
export function suggestion(wrong: string, valid: readonly string[]): string {
  const close = nearest(wrong, valid);
  if (close !== null) return `did you mean "${close}"?`;
  return valid.length === 0 ? "none is valid here" : `valid: ${valid.join(", ")}`;
}

/** The closest name within a third of its length (and at least 2 edits), or null. */
export function nearest(wrong: string, valid: readonly string[]): string | null {
  const ranked = valid
    .map((name) => ({ name, edits: distance(wrong.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(2, best.name.length / 3) && best.edits < best.name.length ? best.name : null;
}

/** Values that the key at `path` may have, where they can be listed. */
export function allowedAt(path: Path): readonly string[] {
  const found = schemasAt(specJsonSchema(), path).flatMap<unknown>(
    (schema) => schema.enum ?? (schema.const === undefined ? [] : [schema.const]),
  );
  return [...new Set(found.map(String))];
}
