import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
  type YAMLError,
} from "yaml";
import { SpecError } from "../errors.js";
import { firstExcess } from "./excess.js";
import { LIMITS } from "./limits.js";
import { setAside } from "./long_strings.js";
import type { SpecText } from "./read.js";

export type Path = readonly (string | number)[];

/** What a text says, and where it says it. */
export interface ParsedText {
  readonly data: unknown;
  /** Error at the value of `path`, or at its key; where `path` does not exist, at its nearest existing parent. */
  fail(path: Path, at: "key" | "value", message: string): SpecError;
}

/**
 * Parses YAML 1.2, of which JSON is a part.
 * @throws SpecError with file:line:column on syntax errors, duplicate keys, several documents, tags and alias bombs.
 */
export function parseText({ name, text: whole }: SpecText): ParsedText {
  const { text, restore, taken } = setAside(whole);
  const lines = new LineCounter();
  const failAt = (offset: number, message: string, cause?: unknown) => {
    const { line, col } = lines.linePos(offset);
    const column = col + taken(offset - col, offset);
    return new SpecError(message, { cause, position: { file: name, line: Math.max(1, line), column: Math.max(1, column) } });
  };
  refuseExcess(name, text, taken);
  const document = oneDocument(text, lines, failAt, name);
  return {
    data: restore(toData(document, failAt)),
    fail: (path, at, message) => failAt(offsetOf(document, path, at), message),
  };
}

function refuseExcess(file: string, text: string, taken: (from: number, to: number) => number): void {
  const excess = firstExcess(text, LIMITS);
  if (excess === null) return;
  const before = text.slice(0, excess.offset).split("\n");
  const { length } = before.at(-1) as string;
  const position = { file, line: before.length, column: length + 1 + taken(excess.offset - length, excess.offset) };
  throw new SpecError(excess.message, { position });
}

type FailAt = (offset: number, message: string, cause?: unknown) => SpecError;

function oneDocument(text: string, lines: LineCounter, failAt: FailAt, name: string): Document.Parsed {
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    stringKeys: true,
    // The library compares every pair of keys, which takes minutes for a hostile mapping: see refuseDuplicateKeys.
    uniqueKeys: false,
    prettyErrors: false,
    resolveKnownTags: false,
    logLevel: "silent",
  });
  const [first, second] = Array.isArray(documents) ? documents : [];
  if (first === undefined || (first.contents === null && first.errors.length === 0 && second === undefined))
    throw new SpecError("is empty; a spec needs at least model and messages", { position: { file: name } });
  const error: YAMLError | undefined = first.errors[0] ?? first.warnings[0];
  if (error !== undefined) throw failAt(error.pos[0], isJsonLines(text) ? JSON_LINES : syntaxMessage(error), error);
  refuseDuplicateKeys(first, failAt);
  if (second !== undefined)
    throw failAt(
      second.range[0],
      "a second document begins here; here one file holds one spec (explain and check take a file of several, mllm-shap batch many)",
    );
  return first;
}

function refuseDuplicateKeys(document: Document.Parsed, failAt: FailAt): void {
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items as readonly Pair<Node>[]) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) throw failAt(key.range?.[0] ?? 0, "this key stands twice");
        seen.add(key.value);
      }
    },
  });
}

const JSON_LINES =
  "a second JSON object begins here; here one file holds one spec (explain and check take a file of several, mllm-shap batch many)";

function isJsonLines(text: string): boolean {
  const [first, second] = text.split("\n", 2);
  return first?.trimEnd().endsWith("}") === true && first.startsWith("{") && second?.startsWith("{") === true;
}

function syntaxMessage(error: YAMLError): string {
  if (error.code === "TAB_AS_INDENT") return "tabs cannot indent YAML; use spaces";
  if (error.code === "TAG_RESOLVE_FAILED") return "tags (!…) have no meaning here";
  if (error.code === "NON_STRING_KEY") return "a key must be a plain text";
  return `not valid YAML: ${error.message.replace(/\s+/g, " ").replace(/\.$/, "")}`;
}

function toData(document: Document.Parsed, failAt: FailAt): unknown {
  try {
    return document.toJS({ maxAliasCount: LIMITS.aliases });
  } catch (cause) {
    const [, unknown] = /^Unresolved alias .*: (.*)$/.exec((cause as Error).message) ?? [];
    const offset = firstAlias(document, (alias) => unknown === undefined || alias.source === unknown);
    const why = unknown === undefined ? "the aliases (*…) from here on stand for too much" : "this alias (*…) stands for nothing before it";
    throw failAt(offset ?? 0, why, cause);
  }
}

/** Offset of the first alias that `wanted` accepts, or null. */
function firstAlias(document: Document.Parsed, wanted: (alias: Alias) => boolean): number | null {
  let offset: number | null = null;
  visit(document, {
    Alias: (_, node) => {
      if (!wanted(node)) return undefined;
      offset = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/** Character offset of a value or of its key; of the nearest parent that exists where it does not. */
function offsetOf(document: Document.Parsed, path: Path, at: "key" | "value"): number {
  let node = resolve(document, document.contents);
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const next = child(node, step);
    if (next === null) break;
    const last = depth === path.length - 1;
    node = resolve(document, next.value);
    // A value found through an alias stands where the alias does.
    offset = (last && at === "key" ? next.key : (next.value ?? next.key))?.range?.[0] ?? offset;
  }
  return offset;
}

function child(node: Node | null, step: string | number): { readonly key: Node | null; readonly value: Node | null } | null {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return item === undefined ? null : { key: item as Node, value: item as Node };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === String(step)) as Pair<Node, Node | null> | undefined;
  return pair === undefined ? null : { key: pair.key, value: pair.value };
}

function resolve(document: Document.Parsed, node: Node | null): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}
