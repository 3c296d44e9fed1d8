import { SpecError } from "../../errors.js";
import { reasonOf } from "../../util/errors.js";
import { defineTextUnit, KEPT } from "./unit.js";

/** A value of a JSON text that holds no other. */
interface Leaf {
  /** Such as `user.names[0]`; "" for the text itself. */
  readonly path: string;
  /** UTF-16 units [start, end) of the text: without the quotes of a string. */
  readonly start: number;
  readonly end: number;
}

export const jsonField = defineTextUnit({
  name: "json-field",
  summary: "a value of a text that is JSON, which is shown with its path; keys, quotes and brackets stay",
  between: "kept",
  cut(text) {
    requireJson(text);
    const leaves = leavesOf(text);
    const units = new Int32Array(text.length).fill(KEPT);
    leaves.forEach(({ start, end }, unit) => {
      units.fill(unit, start, end);
    });
    return { units, label: (unit) => (leaves[unit]?.path ? `${leaves[unit].path}: ` : "") };
  },
});

function requireJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new SpecError(`is no JSON (${reasonOf(cause)})`, { cause });
  }
}

const PLAIN_KEY = /^[\p{L}_$][\p{L}\p{N}_$-]*$/u;
/** Of a text that is known to be JSON: strings, brackets, commas, and what else is no blank and no colon. */
const PIECES = /"(?:[^"\\]|\\.)*"|[{}[\],]|[^\s"{}[\],:]+/gsu;

interface Container {
  readonly path: string;
  /** Elements so far; null in an object. */
  index: number | null;
  /** The key whose value comes next; null where a key comes next. */
  key: string | null;
}

/** Strings that are not empty, numbers, true, false and null, in order. */
function leavesOf(text: string): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const within: Container[] = [];
  for (const { 0: piece, index: at } of text.matchAll(PIECES)) {
    const inside = within.at(-1);
    if (piece === "}" || piece === "]") within.pop();
    else if (piece === ",") {
      if (inside?.index !== null && inside !== undefined) inside.index++;
      else if (inside !== undefined) inside.key = null;
    } else if (inside?.index === null && inside.key === null) inside.key = JSON.parse(piece) as string;
    else if (piece === "{" || piece === "[") within.push({ path: pathIn(inside), index: piece === "[" ? 0 : null, key: null });
    else {
      const quote = piece.startsWith('"') ? 1 : 0;
      const leaf = { path: pathIn(inside), start: at + quote, end: at + piece.length - quote };
      if (leaf.end > leaf.start) leaves.push(leaf);
    }
  }
  return leaves;
}

/** Of the value that comes next. */
function pathIn(inside: Container | undefined): string {
  if (inside === undefined) return "";
  const { path, index, key } = inside;
  if (key === null) return `${path}[${index ?? ""}]`;
  if (!PLAIN_KEY.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
