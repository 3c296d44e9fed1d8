import { isScalar, parseDocument } from "yaml";
import { SpecError } from "../errors.js";
import { firstExcess } from "./excess.js";
import { LIMITS } from "./limits.js";
import type { Path } from "./parse.js";

/** One value that a flag puts into the spec. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  /** What the user typed, for messages: `--set explain.budget=7`, `--budget 7`. */
  readonly label: string;
}

/** `key.path=value` of `--set`; a list is entered by index: `messages.0.content=Hello`. */
export function parseSet(argument: string): Override {
  const label = `--set ${argument}`;
  const equals = argument.indexOf("=");
  const path = equals < 0 ? [] : argument.slice(0, equals).trim().split(".");
  if (path.length === 0 || path.some((step) => step === ""))
    throw new SpecError(`${label}: must be KEY=VALUE, such as explain.sampler=exact`);
  if (path.length > LIMITS.depth) throw new SpecError(`${label}: is nested deeper than ${LIMITS.depth} levels`);
  return { path, value: parseValue(argument.slice(equals + 1), label), label };
}

/** A flag that stands for one key of the spec, such as `--budget 7`. */
export function flagOverride(path: Path, flag: string, text: string): Override {
  const label = `${flag} ${text}`;
  return { path: path.map(String), value: parseValue(text, label), label };
}

/** A YAML scalar, or a list, mapping or quoted text in flow form; anything else is the text itself. */
export function parseValue(text: string, label: string): unknown {
  const trimmed = text.trim();
  const flow = /^[[{"']/.test(trimmed);
  const excess = flow ? firstExcess(trimmed, LIMITS) : null;
  if (excess !== null) throw new SpecError(`${label}: ${excess.message}`);
  const document = parseDocument(trimmed, { stringKeys: true, prettyErrors: false, resolveKnownTags: false, logLevel: "silent" });
  const error = document.errors[0] ?? document.warnings[0];
  if (flow && error !== undefined) throw new SpecError(`${label}: not valid YAML: ${error.message.replace(/\s+/g, " ")}`, { cause: error });
  if (flow) return document.toJS({ maxAliasCount: 0 });
  const plain =
    error === undefined &&
    isScalar(document.contents) &&
    document.contents.type === "PLAIN" &&
    document.comment === null &&
    document.contents.comment == null;
  if (trimmed === "") return null;
  return plain ? document.toJS() : text;
}

/** Keys whose long form a deeper key opens: `explain.payoff.reducer=max` on `payoff: embedding`. */
const SHORTHANDS: Readonly<Record<string, (short: string) => Record<string, unknown>>> = {
  "explain.payoff": (kind) => ({ kind }),
  "explain.players": (kind) =>
    kind === "token" || kind === "word" ? { text: kind, audio: kind } : kind === "segment" ? { audio: kind } : { text: kind },
};

/**
 * A copy of `data` with every override in place, later ones over earlier ones.
 * @throws SpecError where a path goes through something that has no keys, or past a list's end.
 */
export function applyOverrides(data: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce<unknown>((root, override) => put(root, override, 0), data);
}

function put(node: unknown, override: Override, depth: number): unknown {
  const { path, label } = override;
  const step = path[depth];
  if (step === undefined) return override.value;
  const where = path.slice(0, depth).join(".");
  if (Array.isArray(node)) {
    const index = /^\d+$/.test(step) ? Number(step) : Number.NaN;
    if (!(index <= node.length))
      throw new SpecError(`${label}: ${where} is a list of ${node.length}; "${step}" must be an index from 0 to ${node.length}`);
    return [...node.slice(0, index), put(node[index], override, depth + 1), ...node.slice(index + 1)];
  }
  const open = typeof node === "string" ? SHORTHANDS[where]?.(node) : (node ?? {});
  if (typeof open !== "object")
    throw new SpecError(`${label}: ${where === "" ? "the spec" : where} is not a mapping, so it has no key "${step}"`);
  const inner = put(Object.hasOwn(open, step) ? (open as Record<string, unknown>)[step] : undefined, override, depth + 1);
  // fromEntries defines own properties, so that a step named __proto__ stays an ordinary (unknown) key.
  return Object.fromEntries([...Object.entries(open).filter(([key]) => key !== step), [step, inner]]);
}
