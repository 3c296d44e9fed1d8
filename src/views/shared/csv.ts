import { stringify } from "csv-stringify/sync";
import { guardFormula } from "./formulas.js";

export type Cell = string | number | null | undefined;

export interface CsvPart {
  readonly columns: readonly string[];
  /** It begins the document: the header stands before it. */
  readonly first: boolean;
  /** For spreadsheets: a byte order mark, without which they take UTF-8 for another encoding, and no text that they would take for a formula. */
  readonly csvExcel: boolean;
}

/** Rows of RFC 4180. Lone line breaks, and blanks that a lenient reader would trim, are quoted. */
export function csvPart(rows: readonly Readonly<Record<string, Cell>>[], { columns, first, csvExcel }: CsvPart): string {
  const guarded = csvExcel ? rows.map(guardedRow) : rows;
  return stringify([...guarded], {
    header: first,
    bom: first && csvExcel,
    columns: [...columns],
    record_delimiter: "windows",
    quoted_match: /[\r\n]|^\s|\s$/,
  });
}

function guardedRow(row: Readonly<Record<string, Cell>>): Readonly<Record<string, Cell>> {
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, typeof cell === "string" ? guardFormula(cell) : cell]));
}
