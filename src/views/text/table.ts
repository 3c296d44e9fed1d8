import stringWidth from "string-width";
import type { Result, ResultPlayer } from "../../results/result_schema.js";
import { maxOf } from "../../util/arrays.js";
import { escapeControl } from "../../util/escape.js";
import { type Label, labelsOf } from "../shared/labels.js";
import { columnFormat, count, type NumberFormat, sumNote } from "../shared/numbers.js";
import { beside, truncate, wrap } from "./layout.js";
import { plain, type Theme } from "./theme.js";

/** Players listed; the rest share one line, so that the column still adds up. */
const LONGEST = 30;
/** Columns that bars and texts need; below that the errors are left out. */
const NARROWEST_REST = 24;
const LONGEST_BAR = 30;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

interface Bars {
  /** Columns left and right of zero. */
  readonly left: number;
  readonly right: number;
  /** `columns` of them are `extent` payoff units long. */
  readonly extent: number;
  readonly columns: number;
}

/** Players by falling |value|: value, interval or error, a bar to the left or right of zero, text. */
export function rankedTable(result: Result, theme: Theme, width: number): readonly string[] {
  const ranked = result.players.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.index - b.index);
  const shown = ranked.length > LONGEST + 1 ? ranked.slice(0, LONGEST) : ranked;
  const rest = ranked.slice(shown.length);
  const format = columnFormat(ranked.map((player) => player.value));
  const sum = format(result.payoff.sum_of_values);
  const [sumCell = "", ...values] = rightAligned([sum, "value", ...shown.map((player) => format(player.value))]);
  const [rankHead = "", ...ranks] = rightAligned(["", ...shown.map((_, i) => String(i + 1))]);
  const known = errorColumn(shown, result, format);
  const errors = rankHead.length + 2 + sumCell.length + (known[0]?.length ?? 0) + NARROWEST_REST <= width ? known : [];
  const head = `${rankHead}  ${values[0]}${errors[0] ?? ""}`;
  const room = width - head.length - 4;
  const labels = labelsOf(result);
  const widest = maxOf(shown.map((player) => labelWidth(labels.get(player))));
  const bars = barScale(shown, Math.max(6, Math.min(LONGEST_BAR, room - 1 - Math.min(widest, Math.floor(room * 0.6)))));
  const forText = room - bars.left - bars.right - (bars.left > 0 && bars.right > 0 ? 1 : 0);
  const lines = shown.map((player, i) => {
    const unsure = player.interval !== null && player.interval[0] < 0 && player.interval[1] > 0;
    const text = truncate(labels.get(player)?.text ?? "", Math.max(4, forText));
    const note = truncate(labels.get(player)?.note ?? "", Math.max(0, forText - stringWidth(text) - 2));
    return [
      theme.faint(ranks[i] ?? ""),
      (unsure ? theme.faint : theme.sign(player.value))(values[i + 1] ?? "") + theme.faint(errors[i + 1] ?? ""),
      bar(player.value, bars, theme),
      text + (note.length > 1 ? `  ${theme.faint(note)}` : ""),
    ].join("  ");
  });
  const more = rest.length === 0 ? [] : wrap([{ text: restLine(rest, format), paint: theme.faint }], width);
  const foot = `${" ".repeat(rankHead.length)}  ${sumCell}`;
  const indent = foot.length + 2;
  const note = wrap([{ text: sumNote(result, format), paint: theme.faint }], width - indent);
  return [theme.faint(head), ...lines, ...more, ...beside(foot, indent, note, plain)];
}

function restLine(rest: readonly ResultPlayer[], format: NumberFormat): string {
  const sum = rest.reduce((total, player) => total + player.value, 0);
  return `and ${count(rest.length)} more with a smaller |value|: together ${format(sum)}`;
}

/** Empty where nothing was sampled (all errors are zero) or nothing is known of the error. */
function errorColumn(players: readonly ResultPlayer[], result: Result, format: NumberFormat): readonly string[] {
  if (players.every((player) => player.std_error === null || player.std_error === 0)) return [];
  const head = `${Math.round(result.uncertainty.confidence * 1000) / 10} % interval`;
  const cells = players.map(({ interval, std_error }) => {
    if (interval !== null) return `[${format(interval[0])}, ${format(interval[1])}]`;
    return std_error === null ? "" : `± ${format(std_error).replace("+", "")}`;
  });
  return rightAligned([head, ...cells]).map((cell) => `  ${cell}`);
}

function barScale(players: readonly ResultPlayer[], columns: number): Bars {
  const highest = maxOf(
    players.map((player) => player.value),
    0,
  );
  const lowest = maxOf(
    players.map((player) => -player.value),
    0,
  );
  if (highest + lowest === 0) return { left: 0, right: 1, extent: 1, columns: 1 };
  if (lowest === 0) return { left: 0, right: columns, extent: highest, columns };
  if (highest === 0) return { left: columns, right: 0, extent: lowest, columns };
  const left = Math.min(columns - 1, Math.max(1, Math.round(columns * (lowest / (highest + lowest)))));
  const right = columns - left;
  return lowest / highest > left / right
    ? { left, right, extent: lowest, columns: left }
    : { left, right, extent: highest, columns: right };
}

/** To the left or right of the zero line. Terminals have eighths that grow to the right, and only halves that grow to the left. */
function bar(value: number, { left, right, extent, columns }: Bars, theme: Theme): string {
  const length = (Math.abs(value) / extent) * columns;
  const axis = left > 0 && right > 0 ? theme.faint("│") : "";
  const paint = theme.sign(value);
  if (value < 0) {
    const halves = Math.round(length * 2);
    return paint(`${halves % 2 === 1 ? "▐" : ""}${"█".repeat(Math.floor(halves / 2))}`.padStart(left)) + axis + " ".repeat(right);
  }
  const eighths = Math.round(length * 8);
  return " ".repeat(left) + axis + paint(`${"█".repeat(Math.floor(eighths / 8))}${EIGHTHS[eighths % 8]}`.padEnd(right));
}

function labelWidth(label: Label | undefined): number {
  return label === undefined ? 0 : stringWidth(escapeControl(label.text)) + (label.note === "" ? 0 : stringWidth(label.note) + 2);
}

function rightAligned(cells: readonly string[]): readonly string[] {
  const width = maxOf(cells.map((cell) => cell.length));
  return cells.map((cell) => cell.padStart(width));
}
