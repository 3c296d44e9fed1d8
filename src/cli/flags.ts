import { type Command, Option } from "commander";
import { branches, type JsonSchema, type LeafKey, leafKeys } from "../spec/keys.js";
import { flagOverride, type Override, parseSet } from "../spec/overrides.js";

/**
 * Adds one flag for every key of the spec, its help and default taken from the schema, and `--set` for the rest.
 * @param takes which keys. @default all
 */
export function addSpecFlags(command: Command, takes: (leaf: LeafKey) => boolean = () => true): void {
  command.addOption(
    new Option("--set <key=value>", "put any value into the spec: --set messages.0.content=Hello (repeatable)")
      .argParser((value, before: string[] = []) => [...before, value])
      .helpGroup("Spec:"),
  );
  for (const leaf of leafKeys().filter(takes)) command.addOption(optionOf(leaf));
}

function optionOf(leaf: LeafKey): Option {
  const [section] = leaf.path;
  return new Option(flagsOf(leaf), helpOf(leaf.schema)).helpGroup(`Spec, ${section}:`);
}

function flagsOf({ path, schema }: LeafKey): string {
  const name = path[1].replaceAll("_", "-");
  if (schema.type !== "boolean") return `--${name} <${placeholder(schema)}>`;
  return schema.default === true ? `--no-${name}` : `--${name}`;
}

function placeholder(schema: JsonSchema): string {
  const types = branches(schema).map(({ type }) => type);
  if (types.includes("integer") || types.includes("number")) return types.includes("string") ? "amount" : "n";
  return schema.type === "array" ? "list" : schema.enum === undefined ? "text" : "name";
}

function helpOf(schema: JsonSchema): string {
  const choices = choicesOf(schema);
  const notes = [
    ...(choices.length === 0 ? [] : [`one of ${choices.join(", ")}`]),
    ...(schema.default === undefined || schema.type === "boolean"
      ? []
      : [`default ${schema.type === "object" ? "none" : shown(schema.default)}`]),
  ];
  const meaning = (schema.description ?? "").replace(/\.$/, "");
  const text = schema.default === true ? `switch off: ${meaning}` : meaning;
  return notes.length === 0 ? text : `${text} (${notes.join("; ")})`;
}

/** The values that a flag of the spec takes, by its long form, where they are few. */
export function choicesOfFlags(): ReadonlyMap<string, readonly string[]> {
  return new Map(leafKeys().map((leaf) => [optionOf(leaf).long ?? "", choicesOf(leaf.schema)]));
}

function choicesOf(schema: JsonSchema): readonly string[] {
  const own = schema.enum ?? [];
  return own.length > 0 ? own.map(String) : (schema.anyOf ?? []).flatMap((one) => (one.enum ?? []).map(String));
}

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value) === "{}" ? "by kind" : JSON.stringify(value);
}

/** What the flags put into the spec: keys of their own first, then `--set` in the order given. */
export function overridesOf(command: Command): readonly Override[] {
  const fromKeys = leafKeys().flatMap((leaf) => {
    const name = optionOf(leaf).attributeName();
    if (command.getOptionValueSource(name) !== "cli") return [];
    return [overrideOf(leaf, command.getOptionValue(name) as string | boolean)];
  });
  const sets = (command.getOptionValue("set") as readonly string[] | undefined) ?? [];
  return [...fromKeys, ...sets.map(parseSet)];
}

function overrideOf(leaf: LeafKey, value: string | boolean): Override {
  const flag = flagsOf(leaf).split(" ")[0] ?? "";
  if (typeof value === "boolean") return { path: leaf.path, value, label: flag };
  return flagOverride(leaf.path, flag, value);
}
