import { stringify } from "csv-stringify/sync";
import type { Summary } from "../../results/summary/summary.js";
import { escapeControl } from "../../util/escape.js";
import { registryOf } from "../../util/registry.js";
import { columns } from "../columns.js";
import { jsonDocument, textDocument } from "../document.js";
import { defineFormat, itemByItem } from "../format.js";
import { count, short } from "../shared/numbers.js";
import { texEscape } from "../shared/tex.js";
import { isInterval, type SummaryCell, type SummaryTable, tablesOf } from "./tables.js";

/** Long, one row a cell: what a plotting script wants. */
const csv = defineFormat<Summary>()({
  name: "csv",
  endings: [".csv"],
  open: itemByItem((summary, i) => {
    const rows = tablesOf(summary).flatMap(({ title, columns: names, rows: cells }) =>
      cells.flatMap(([row, ...rest]) => rest.map((cell, column) => [title, row, names[column + 1], ...valueLowHigh(cell)])),
    );
    const head = ["table", "row", "column", "value", "low", "high"];
    return stringify(i === 0 ? [head, ...rows] : rows, { record_delimiter: "windows" });
  }),
});

function valueLowHigh(cell: SummaryCell): readonly (string | number | null)[] {
  return isInterval(cell) ? [cell.value, cell.low, cell.high] : [cell, null, null];
}

/** Booktabs: `\usepackage{booktabs}`. */
const tex = defineFormat<Summary>()({
  name: "tex",
  endings: [".tex"],
  open: itemByItem(
    (summary, i) =>
      `${i === 0 ? "" : "\n"}${tablesOf(summary)
        .map((table) => texTable(table, summary))
        .join("\n")}`,
  ),
});

function texTable({ title, columns: names, rows }: SummaryTable, { confidence, set, tool }: Summary): string {
  const line = (cells: readonly string[]) => `${cells.join(" & ")} \\\\`;
  const cellOf = (cell: SummaryCell, column: number): string => {
    if (cell === null) return "";
    if (isInterval(cell)) return `$${short(cell.value)}$ {\\footnotesize $[${short(cell.low)}, ${short(cell.high)}]$}`;
    if (typeof cell === "number") return `$${number(cell)}$`;
    return column === 0 ? texEscape(escapeControl(cell)) : cell;
  };
  return [
    `% ${escapeControl(title)}; ${set.conversations} conversations, ${percent(confidence)} % bootstrap intervals; ${escapeControl(set.models.join(", "))}; ${tool.name} ${tool.version}`,
    `\\begin{tabular}{l${"r".repeat(names.length - 1)}}`,
    "\\toprule",
    line(names.map(texEscape)),
    "\\midrule",
    ...rows.map((row) => line(row.map(cellOf))),
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

/** One summary for reading. */
function summaryText(summary: Summary): string {
  const { set, confidence, comparison } = summary;
  const lines = [
    `models      ${set.models.join(", ")}`,
    `samplers    ${set.samplers.join(", ")}; payoff ${set.payoffs.join(", ")}`,
    `intervals   ${percent(confidence)} %, bootstrap over conversations`,
    ...(comparison === undefined || comparison.unpaired === 0
      ? []
      : [`unpaired    ${count(comparison.unpaired)} conversations are in one set only`]),
    ...(comparison === undefined || comparison.other_players === 0
      ? []
      : [`players     of ${count(comparison.other_players)} pairs differ: agreement is of the others`]),
    ...tablesOf(summary).flatMap(({ title, columns: names, rows }) => [
      "",
      title,
      ...columns([names, ...rows.map((row) => row.map(textCell))], ["left", "right"]),
    ]),
  ];
  return `${lines.map((line) => escapeControl(line)).join("\n")}\n`;
}

function textCell(cell: SummaryCell): string {
  if (cell === null) return "";
  if (isInterval(cell)) return `${short(cell.value)} [${short(cell.low)}, ${short(cell.high)}]`;
  return typeof cell === "number" ? number(cell) : cell;
}

function number(value: number): string {
  return Number.isInteger(value) ? count(value) : short(value);
}

const percent = (confidence: number): string => String(Math.round(confidence * 1000) / 10);

/** Every format of summaries. */
export const SUMMARY_FORMATS = registryOf(jsonDocument<Summary>(), textDocument(summaryText), csv, tex);
