import stringWidth from "string-width";
import type { Result } from "../../results/result_schema.js";
import { maxOf } from "../../util/arrays.js";
import { certaintyOf } from "../shared/certainty.js";
import { labelsOf } from "../shared/labels.js";
import { columnFormat, count } from "../shared/numbers.js";
import { type Cell, cellsOf, type Output, outputLabel } from "../shared/outputs.js";
import { truncate, wrap } from "./layout.js";
import type { Theme } from "./theme.js";

/** Words of the answer listed, and players named for each. */
const LONGEST = 40;
const NAMED = 4;
/** Smaller shares of a word's largest |value| are not named. */
const LEAST_SHARE = 0.1;
const WIDEST_WORD = 20;

/** Every word of the answer with the players that decided it, the largest |value| first; nothing where results tell of the whole alone. */
export function outputTable(result: Result, theme: Theme, width: number): readonly string[] {
  const words = result.outputs?.words ?? [];
  if (words.length === 0 || result.players.length === 0) return [];
  const shown = words.slice(0, LONGEST);
  const labels = labelsOf(result);
  const format = columnFormat(shown.flatMap(({ full, empty, values }) => [full - empty, ...values]));
  const gains = shown.map(({ full, empty }) => format(full - empty));
  const names = shown.map((word) => truncate(outputLabel(word), WIDEST_WORD));
  const [nameWidth, gainWidth] = [maxOf(names.map((name) => stringWidth(name))), maxOf(gains.map(({ length }) => length))];
  const lines = shown.map((word, i) => {
    const [name = "", gain = ""] = [names[i], gains[i]];
    const head = `${name}${" ".repeat(nameWidth - stringWidth(name))}  ${gain.padStart(gainWidth)}  `;
    const seen = strongest(result, word).filter(({ value }) => Number(format(value)) !== 0);
    const named = seen.map((cell) => ({ cell, text: `${labels.get(cell.player)?.text ?? ""} ${format(cell.value)}` }));
    return head + fitted(named, theme, width - stringWidth(head));
  });
  const rest = words.length - shown.length;
  const tail = `and ${count(rest)} more words: -o x.outputs.csv holds all`;
  const more = rest === 0 ? [] : wrap([{ text: tail, paint: theme.faint }], width);
  const head = wrap([{ text: "what made each word of the answer: its payoff, and by whom", paint: theme.faint }], width);
  return [...head, ...lines, ...more];
}

function strongest(result: Result, word: Output): readonly Cell[] {
  const cells = cellsOf(result, word).toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.player.index - b.player.index);
  const largest = Math.abs(cells[0]?.value ?? 0);
  return cells.slice(0, NAMED).filter(({ value }) => Math.abs(value) >= LEAST_SHARE * largest);
}

/** As many as the line has room for. */
function fitted(named: readonly { readonly cell: Cell; readonly text: string }[], theme: Theme, room: number): string {
  let line = "";
  let left = room;
  for (const { cell, text } of named) {
    const shown = truncate(text, Math.max(4, left));
    if (line !== "" && stringWidth(shown) + 2 > left) break;
    const paint = certaintyOf(cell) === "unsure" ? theme.faint : theme.sign(cell.value);
    line += (line === "" ? "" : ", ") + paint(shown);
    left -= stringWidth(shown) + 2;
  }
  return line;
}
