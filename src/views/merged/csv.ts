import { stringify } from "csv-stringify/sync";
import type { StoredResult } from "../../results/player_rows.js";
import { defineFormat, itemByItem } from "../format.js";
import { guardFormula } from "../shared/formulas.js";
import { PLAYER_COLUMNS, tableRows } from "./columns.js";

/** RFC 4180 with a header, one row a player. */
export const playersCsv = defineFormat<StoredResult>()({
  name: "csv",
  endings: [".csv"],
  open: itemByItem((result, position, { csvExcel }) => {
    const guarded = (cell: unknown) => (csvExcel && typeof cell === "string" ? guardFormula(cell) : cell);
    const rows = tableRows(result, position).map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, guarded(cell)])),
    );
    return stringify(rows, {
      header: position === 0,
      columns: Object.keys(PLAYER_COLUMNS),
      record_delimiter: "windows",
      quoted_match: /[\r\n]|^\s|\s$/,
    });
  }),
});
