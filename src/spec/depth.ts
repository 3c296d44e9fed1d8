import { CST, Lexer } from "yaml";

/**
 * Offset where `text` first nests deeper than `limit` levels, or −1. Works on the token stream without recursion, before
 * anything recursive sees the text: a megabyte of "[" would otherwise overflow the parser's stack. A list at its key's own
 * column counts as one level with it, so that the true depth is at most twice the count.
 */
export function offsetTooDeep(text: string, limit: number): number {
  let offset = 0;
  let lineStart = 0;
  let flow = 0;
  let fresh = true;
  const columns: number[] = [];
  for (const token of new Lexer().lex(text)) {
    if (isMark(token)) continue;
    const start = offset;
    offset += token.length;
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
    if (flow + columns.length > limit) return start;
  }
  return -1;
}

/** The lexer's own marks stand for no text. */
function isMark(token: string): boolean {
  return token === CST.DOCUMENT || token === CST.FLOW_END || token === CST.SCALAR;
}

function enter(columns: number[], column: number): void {
  while (columns.length > 0 && (columns.at(-1) as number) > column) columns.pop();
  if (columns.at(-1) !== column) columns.push(column);
}
