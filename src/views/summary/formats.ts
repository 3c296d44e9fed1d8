import { stringify } from "csv-stringify/sync";
import type { Summary } from "../../results/summary/summary.js";
import { escapeControl } from "../../util/escape.js";
import { registryOf } from "../../util/registry.js";
import { columns } from "../columns.js";
import { jsonDocument, textDocument } from "../document.js";
import { defineFormat, itemByItem } from "../format.js";
import { short } from "../shared/numbers.js";
import { texEscape } from "../shared/tex.js";
import { toSummaryPage } from "./page.js";
import { isInterval, type SummaryCell, type SummaryTable, tablesOf } from "./tables.js";
import { cellText, factsOf, numberText, percentOf } from "./words.js";

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
    if (typeof cell === "number") return `$${numberText(cell)}$`;
    return column === 0 ? texEscape(escapeControl(cell)) : cell;
  };
  return [
    `% ${escapeControl(title)}; ${set.conversations} conversations, ${percentOf(confidence)} % bootstrap intervals; ${escapeControl(set.models.join(", "))}; ${tool.name} ${tool.version}`,
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
  const lines = [
    ...factsOf(summary).map(([label, text]) => `${label.padEnd(LABEL)}${text}`),
    ...tablesOf(summary).flatMap(({ title, columns: names, rows }) => [
      "",
      title,
      ...columns([names, ...rows.map((row) => row.map(cellText))], ["left", "right"]),
    ]),
  ];
  return `${lines.map((line) => escapeControl(line)).join("\n")}\n`;
}

const LABEL = 12;

/** One page. */
const html = defineFormat<Summary>()({ name: "html", endings: [".html", ".htm"], open: itemByItem(toSummaryPage) });

/** Every format of summaries. */
export const SUMMARY_FORMATS = registryOf(jsonDocument<Summary>(), textDocument(summaryText), csv, tex, html);
