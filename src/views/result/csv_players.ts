import { assertFinite } from "../../results/finite.js";
import { playerCells, playerRows } from "../../results/player_rows.js";
import type { Result } from "../../results/result_schema.js";
import { defineFormat, itemByItem, type ViewOptions } from "../format.js";
import { csvPart } from "../shared/csv.js";

export const CSV_PLAYER_COLUMNS = [
  "spec",
  "conversation",
  "player",
  "kind",
  "text",
  "role",
  "turn",
  "modality",
  "start_s",
  "end_s",
  "value",
  "std_error",
  "low",
  "high",
  "shap_value",
] as const;

/** RFC 4180 with a header, one row a player: what it is, its value and the interval at the run's confidence. Values sum to payoff(full) − payoff(empty). */
export const csvPlayers = defineFormat<Result>()({ name: "csv-players", endings: [".players.csv"], open: itemByItem(rowsOf) });

function rowsOf(result: Result, conversation: number, { csvExcel }: ViewOptions): string {
  assertFinite(result, `results[${conversation}]`);
  const spec = result.spec.path ?? "-";
  const rows = playerRows(result).map((row) => {
    const [low, high] = row.player.interval ?? [];
    return { spec, conversation, ...playerCells(row), low, high };
  });
  return csvPart(rows, { columns: CSV_PLAYER_COLUMNS, first: conversation === 0, csvExcel });
}
