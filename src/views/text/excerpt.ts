/** Columns of a line that are shown; a spec may be one long line. */
const WIDTH = 76;

/**
 * The line at which a problem stands, with a mark under its column; empty where there is no such line.
 * @param line, column from 1.
 */
export function excerpt(text: string, line: number, column: number): string {
  const whole = text.split(/\r\n|\n|\r/)[line - 1];
  if (whole === undefined || whole.trim() === "") return "";
  const from = whole.length <= WIDTH ? 0 : Math.max(0, Math.min(column - 1 - WIDTH / 2, whole.length - WIDTH));
  const [left, right] = [from > 0 ? "…" : "", from + WIDTH < whole.length ? "…" : ""];
  const shown = left + whole.slice(from, from + WIDTH).replaceAll("\t", " ") + right;
  const margin = `${line}`.length;
  const mark = " ".repeat(Math.max(0, column - 1 - from) + left.length);
  return `  ${line} | ${shown}\n  ${" ".repeat(margin)} | ${mark}^\n`;
}
