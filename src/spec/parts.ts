import { type Document, isScalar, LineCounter, parseAllDocuments } from "yaml";
import { SpecError } from "../errors.js";
import { sha256 } from "../util/sha256.js";
import { firstExcess } from "./excess.js";
import { isMapping } from "./foreign/messages.js";
import { LIMITS } from "./limits.js";
import { type ParsedText, parseText } from "./parse.js";
import { readSpecFile, type SpecText } from "./read.js";

/** Conversations of one file that are taken without a batch. */
const MOST_PARTS = 100;

/** One conversation of a file, which was read. */
export interface SpecPart {
  /** The file's name; of several in it, with the line that the conversation begins in, as `batch` names lines, or with its number in a list, from 1. */
  readonly name: string;
  /** Of the file, or of several in it, of its own text; in hex. */
  readonly sha256: string;
  /** Of the whole file. */
  readonly text: string;
  /** What it says; errors tell the place in the whole file. */
  parse(): ParsedText;
}

/**
 * The conversations of a file: lines of JSON, documents of YAML, or a list of them. Whatever holds one, or none, is its only part.
 * @throws SpecError where there are more than a hundred.
 */
export function partsOf(text: SpecText): readonly SpecPart[] {
  const ranges = lineRanges(text.text) ?? documentRanges(text.text);
  if (ranges === null || ranges.length < 2) return text.text.trimStart().startsWith("[") ? listItems(text) : [unparsed(text)];
  refuseMany(text.name, ranges.length);
  const lines = new LineCounter();
  for (let at = 0; at >= 0; at = text.text.indexOf("\n", at) + 1 || -1) lines.addNewLine(at);
  return ranges.map((range) => partIn(text, range, lines));
}

/** A file that is one conversation. */
export const unparsed = (text: SpecText): SpecPart => ({ ...text, parse: () => parseText(text) });

/** A file of more conversations than are taken without a batch. */
export class TooManyPartsError extends SpecError {
  override name = "SpecError";
}

function refuseMany(file: string, count: number): void {
  if (count > MOST_PARTS)
    throw new TooManyPartsError(`holds ${count} conversations, and ${MOST_PARTS} of a file are taken at most: mllm-shap batch reads more`, {
      position: { file },
    });
}

/** Of a file as the command line names it. @throws SpecError where it cannot be read. */
export async function partsIn(path: string, cwd: string): Promise<readonly SpecPart[]> {
  return partsOf(await readSpecFile(path, cwd));
}

/** Offsets `[from, to)` in the file. */
type Range = readonly [from: number, to: number];

/** JSON Lines: every line that is not blank is an object or a list on its own. */
function lineRanges(text: string): readonly Range[] | null {
  const ranges: Range[] = [];
  let from = 0;
  for (const line of text.split("\n")) {
    const own = line.trim();
    if (own !== "" && !/^(\{.*\}|\[.*\])$/s.test(own)) return null;
    if (own !== "") ranges.push([from, from + line.trimEnd().length]);
    from += line.length + 1;
  }
  return ranges;
}

function documentRanges(text: string): readonly Range[] | null {
  if (!/^---(\s|$)/m.test(text) || firstExcess(text, LIMITS) !== null) return null;
  const documents = parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false, logLevel: "silent", resolveKnownTags: false });
  if (!Array.isArray(documents)) return null;
  const holds = ({ contents, errors }: Document.Parsed): boolean => errors.length > 0 || !(contents === null || isEmpty(contents));
  return documents.filter(holds).map(({ range }): Range => [range[0], range[2]]);
}

const isEmpty = (node: unknown): boolean => isScalar(node) && node.value === null;

/** The rest of the file is blank, so that lines and columns stay. */
function partIn({ name, text }: SpecText, [from, to]: Range, lines: LineCounter): SpecPart {
  const own = text.slice(from, to);
  const blank = (rest: string): string => rest.replace(/[^\n]/g, " ");
  const start = from + own.length - own.replace(/^(---)?\s+/, "").length;
  return {
    name: `${name}:${lines.linePos(start).line}`,
    sha256: sha256(own.trim()),
    text,
    parse: () => parseText({ name, text: blank(text.slice(0, from)) + own.replace(/^---/, "   "), sha256: "" }),
  };
}

/** A list of whole conversations; one of messages is a conversation itself. What was parsed to tell is handed on. */
function listItems(text: SpecText): readonly SpecPart[] {
  const parsed = parsedOrNull(text);
  if (parsed === null) return [unparsed(text)];
  const { data } = parsed;
  if (!Array.isArray(data) || data.length < 2 || !data.every(isConversation)) return [{ ...text, parse: () => parsed }];
  refuseMany(text.name, data.length);
  return data.map((item: unknown, i) => ({
    name: `${text.name}:${i + 1}`,
    sha256: sha256(JSON.stringify(item)),
    text: text.text,
    parse: () => ({ data: item, fail: (path, at, message) => parsed.fail([i, ...path], at, message) }),
  }));
}

/** What is wrong with it is told to whoever loads it. */
function parsedOrNull(text: SpecText): ParsedText | null {
  try {
    return parseText(text);
  } catch (error) {
    if (error instanceof SpecError) return null;
    throw error;
  }
}

function isConversation(item: unknown): boolean {
  return isMapping(item) && item.role === undefined && (Array.isArray(item.messages) || Array.isArray(item.conversations));
}
