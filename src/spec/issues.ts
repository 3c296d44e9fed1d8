import type { core } from "zod";
import { sum } from "../util/arrays.js";
import { allowedAt, keysAt, leafKeys, nearest, suggestion } from "./keys.js";
import type { Path } from "./parse.js";

type Issue = core.$ZodIssue;

/** One thing that is wrong with a spec. */
export interface Problem {
  readonly path: Path;
  /** Blame the key or the value; a missing key is blamed on its parent. */
  readonly at: "key" | "value";
  readonly message: string;
}

/** Problems looked at of each kind: nobody reads the thirty thousandth. */
const MOST = 20;

/** What is wrong, in words, unknown keys first: a misspelt key is usually why another one is missing. */
export function problemsOf(issues: readonly Issue[], data: unknown): readonly Problem[] {
  const found = issues.slice(0, MOST).flatMap((issue) => describe(issue, [], data));
  const first = found.filter(({ path }, i) => found.findIndex((other) => dotted(other.path) === dotted(path)) === i);
  return [...first.filter(({ at }) => at === "key"), ...first.filter(({ at }) => at === "value")];
}

function describe(issue: Issue, base: Path, data: unknown): readonly Problem[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
  const value = valueAt(data, path);
  if (issue.code === "unrecognized_keys") return issue.keys.slice(0, MOST).map((key) => unknownKey(path, key));
  if (value === undefined && path.length > 0 && issue.code !== "custom") return [missingKey(path)];
  if (issue.code === "invalid_union" && issue.errors.length > 0) return branch(issue, path, data);
  return [{ path, at: "value", message: `${dotted(path)} ${complaint(issue, path, value)}` }];
}

/** Of conversations of a batch alone. */
const MANIFEST_KEY = "id";

function unknownKey(path: Path, key: string): Problem {
  if (path.length === 0 && key === MANIFEST_KEY)
    return { path: [key], at: "key", message: `unknown key "${key}": conversations with ids are a batch's, which mllm-shap batch takes` };
  const valid = keysAt(path);
  const where = path.length === 0 ? "" : ` in ${dotted(path)}`;
  const elsewhere = leafKeys().find((leaf) => leaf.path[1] === key);
  const hint = nearest(key, valid) === null && elsewhere !== undefined ? `it belongs to "${elsewhere.path[0]}"` : suggestion(key, valid);
  return { path: [...path, key], at: "key", message: `unknown key ${JSON.stringify(key)}${where}: ${hint}` };
}

function missingKey(path: Path): Problem {
  const parent = path.slice(0, -1);
  const where = parent.length === 0 ? "" : ` in ${dotted(parent)}`;
  return { path, at: "value", message: `missing key "${path.at(-1)}"${where}` };
}

/** The form of a union that the user most likely meant: the one with the fewest complaints, of the right type. */
function branch({ errors, message }: core.$ZodIssueInvalidUnion, path: Path, data: unknown): readonly Problem[] {
  const value = valueAt(data, path);
  const ranked = errors.map((issues) => ({ issues, cost: cost(issues, value) })).sort((a, b) => a.cost - b.cost);
  const best = ranked[0];
  if (best === undefined) return [];
  if (best.cost < WRONG_TYPE) return best.issues.flatMap((issue) => describe(issue, path, data));
  // A message of the union's own.
  if (message.startsWith("must ")) return [{ path, at: "value", message: `${dotted(path)} ${message} (got ${shown(value)})` }];
  const forms = [...new Set(errors.flat().flatMap((issue) => form(issue, value)))];
  return [{ path, at: "value", message: `${dotted(path)} must be ${forms.join(" or ")} (got ${shown(value)})` }];
}

function form(issue: Issue, value: unknown): readonly string[] {
  if (issue.code === "invalid_value") return [`one of ${issue.values.map(String).join(", ")}`];
  return issue.code === "invalid_type" ? [typeName(issue.expected, value)] : [];
}

const WRONG_TYPE = 1_000;

function cost(issues: readonly Issue[], value: unknown): number {
  const each = issues.map((issue) => {
    const wrongType = issue.code === "invalid_type" || (issue.code === "invalid_value" && typeof value !== "string");
    if (issue.path.length === 0 && wrongType) return WRONG_TYPE;
    return issue.code === "unrecognized_keys" ? issue.keys.length : 1;
  });
  return sum(each);
}

function complaint(issue: Issue, path: Path, value: unknown): string {
  const got = `(got ${shown(value)})`;
  switch (issue.code) {
    case "invalid_type":
      return `must be ${typeName(issue.expected, value)} ${got}`;
    case "invalid_value":
      return oneOf(issue.values.map(String), value);
    case "invalid_union":
      return oneOf(allowedAt(path), value);
    case "too_small":
    case "too_big":
      return bound(issue, got);
    case "invalid_key":
      return "has a key that is no component's name";
    default:
      return issue.code === "custom" ? issue.message : `${issue.message} ${got}`;
  }
}

function oneOf(valid: readonly string[], value: unknown): string {
  if (valid.length === 1) return `must be ${valid[0]} (got ${shown(value)})`;
  const close = typeof value === "string" ? nearest(value, valid) : null;
  const hint = close === null ? "" : `, did you mean "${close}"?`;
  return `must be one of ${valid.join(", ")} (got ${shown(value)}${hint})`;
}

function bound(issue: core.$ZodIssueTooSmall | core.$ZodIssueTooBig, got: string): string {
  // A message of our own in the schema begins with a verb.
  if (/^(must|is) /.test(issue.message)) return isNumeric(issue) ? `${issue.message} ${got}` : issue.message;
  const counted = isNumeric(issue) ? "" : issue.origin === "string" ? " characters long" : " items long";
  const limit = issue.code === "too_small" ? issue.minimum : issue.maximum;
  const strict = issue.inclusive === false;
  const words = issue.code === "too_small" ? (strict ? "more than" : "at least") : strict ? "less than" : "at most";
  return `must be ${words} ${limit}${counted}${counted === "" ? ` ${got}` : ""}`;
}

function isNumeric({ origin }: core.$ZodIssueTooSmall | core.$ZodIssueTooBig): boolean {
  return origin === "number" || origin === "int";
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  tuple: "a list",
  null: "null",
};

function typeName(expected: string, value: unknown): string {
  if (expected === "number" && typeof value === "number") return "a finite number";
  return TYPE_NAMES[expected] ?? expected;
}

/** As `--set` writes it. */
export function dotted(path: Path): string {
  return path.length === 0 ? "the spec" : path.join(".");
}

/** What `data` holds at `path`; undefined where it holds nothing. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, step) => {
    return typeof node === "object" && node !== null && Object.hasOwn(node, step)
      ? (node as Record<string | number, unknown>)[step]
      : undefined;
  }, data);
}

function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
