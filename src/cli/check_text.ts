import type { CheckRow } from "../connectors/check_row.js";
import { maxOf } from "../util/arrays.js";

/** What was found on one line, how it was judged on the next. */
export function checkText(rows: readonly CheckRow[]): string {
  const width = maxOf(rows.map(({ check }) => check.length));
  const margin = " ".repeat(width + 10);
  return rows
    .flatMap(({ check, found, status, detail }) => [
      `${status.padEnd(8)}${check.padEnd(width)}  ${found}`,
      ...(detail === "" ? [] : [margin + detail]),
    ])
    .join("\n");
}
