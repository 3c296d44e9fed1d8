import { assertFinite } from "../../results/finite.js";
import type { Result } from "../../results/result_schema.js";
import { type TokenRow, tokenRows } from "../../results/tokens.js";
import { defineFormat, itemByItem, type ViewOptions } from "../format.js";
import { csvPart } from "../shared/csv.js";

export const CSV_COLUMNS = [
  "spec",
  "conversation",
  "turn",
  "entry",
  "position",
  "token",
  "content_type",
  "role",
  "content",
  "player",
  "value",
  "std_error",
  "shap_value",
  "start_s",
  "end_s",
] as const;

/**
 * RFC 4180 with a header, one row a token or audio segment. `spec` is the spec's path ("-" for standard input), `conversation`
 * counts the results from 0. `value` and `std_error` stand on a player's first token only, so that `value` sums to
 * payoff(full) − payoff(empty); an empty cell is no player.
 */
export const csv = defineFormat<Result>()({ name: "csv", endings: [".csv"], open: itemByItem(rowsOf) });

/** The rows of one result, under the header where it is the first. */
function rowsOf(result: Result, conversation: number, { csvExcel }: ViewOptions): string {
  assertFinite(result, `results[${conversation}]`);
  const spec = result.spec.path ?? "-";
  const rows = tokenRows(result).map((row) => ({ spec, conversation, ...cells(row), content: row.content }));
  return csvPart(rows, { columns: CSV_COLUMNS, first: conversation === 0, csvExcel });
}

function cells(row: TokenRow): Readonly<Record<string, string | number | null>> {
  const player = row.first ? row.player : null;
  return {
    turn: row.turn,
    entry: row.entry,
    position: row.position,
    token: row.token,
    content_type: row.contentType,
    role: row.role,
    player: row.player?.index ?? null,
    value: player?.value ?? null,
    std_error: player?.std_error ?? null,
    shap_value: row.shapValue,
    start_s: row.startS,
    end_s: row.endS,
  };
}
