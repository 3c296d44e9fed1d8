import { CST, Lexer } from "yaml";

export interface Bounds {
  /** Nested lists and mappings. */
  readonly depth: number;
  /** Words, marks and breaks of YAML. */
  readonly tokens: number;
}

/** What is too much, and the offset where it becomes so. */
export interface Excess {
  readonly offset: number;
  readonly message: string;
}

/**
 * Finds what would exhaust the parser's stack (a megabyte of "[") or its patience, before it sees the text. Works on the stream of
 * tokens, without recursion. A list at its key's own column counts as one level with it, so that the true depth is at most
 * twice the count.
 */
export function firstExcess(text: string, { depth, tokens }: Bounds): Excess | null {
  let offset = 0;
  let lineStart = 0;
  let flow = 0;
  let count = 0;
  let fresh = true;
  const columns: number[] = [];
  for (const token of new Lexer().lex(text)) {
    if (isMark(token)) continue;
    const start = offset;
    offset += token.length;
    count += 1;
    if (count > tokens) return { offset: start, message: `holds more than ${tokens} words and marks of YAML` };
    const type = CST.tokenType(token);
    if (type === "newline") fresh = true;
    const newline = token.lastIndexOf("\n");
    if (newline >= 0) lineStart = start + newline + 1;
    if (type === "newline" || type === "space" || type === "comment") continue;
    if (type === "flow-seq-start" || type === "flow-map-start") flow++;
    else if (type === "flow-seq-end" || type === "flow-map-end") flow--;
    const opens = type === "seq-item-ind" || type === "explicit-key-ind";
    if (opens || (fresh && flow === 0)) {
      enter(columns, start - lineStart);
      fresh = opens;
    }
    if (flow + columns.length > depth) return { offset: start, message: `is nested deeper than ${depth} levels` };
  }
  return null;
}

/** The lexer's own marks stand for no text. */
function isMark(token: string): boolean {
  return token === CST.DOCUMENT || token === CST.FLOW_END || token === CST.SCALAR;
}

function enter(columns: number[], column: number): void {
  while (columns.length > 0 && (columns.at(-1) as number) > column) columns.pop();
  if (columns.at(-1) !== column) columns.push(column);
}
