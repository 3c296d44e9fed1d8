import type { StoredResult } from "../../results/player_rows.js";
import { defineFormat, itemByItem } from "../format.js";
import { csvPart } from "../shared/csv.js";
import { PLAYER_COLUMNS, tableRows } from "./columns.js";

/** RFC 4180 with a header, one row a player. */
export const playersCsv = defineFormat<StoredResult>()({
  name: "csv",
  endings: [".csv"],
  open: itemByItem((result, position, { csvExcel }) =>
    csvPart(tableRows(result, position), { columns: Object.keys(PLAYER_COLUMNS), first: position === 0, csvExcel }),
  ),
});
