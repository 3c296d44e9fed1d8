import { stringify } from "csv-stringify/sync";
import type { Alignment } from "../../results/alignment.js";
import { defineFormat, itemByItem } from "../format.js";

export const csv = defineFormat<Alignment>()({ name: "csv", endings: [".csv"], open: itemByItem(toCsv) });

/** RFC 4180 with a header, one row a unit. */
function toCsv({ segments }: Alignment): string {
  const rows = segments.map(({ token, startS, endS, confidence, boundaryRefined }, index) => ({
    index,
    token,
    start_s: startS,
    end_s: endS,
    confidence,
    boundary_refined: String(boundaryRefined),
  }));
  const columns = ["index", "token", "start_s", "end_s", "confidence", "boundary_refined"];
  return stringify(rows, { header: true, columns, record_delimiter: "windows", quoted_match: /[\r\n]|^\s|\s$/ });
}
