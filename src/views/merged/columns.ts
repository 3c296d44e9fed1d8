import { assertFinite } from "../../results/finite.js";
import { playerCells, playerRows, type StoredResult } from "../../results/player_rows.js";

/** What a cell of a column holds. */
export type ColumnType = "text" | "whole" | "number";
export type Cell = string | number | null;

/** Columns of the long table, one row a player: names, what they hold, and whether a cell may be empty. */
export const PLAYER_COLUMNS = {
  id: { type: "text" },
  key: { type: "text", nullable: true },
  player: { type: "whole" },
  kind: { type: "text" },
  text: { type: "text" },
  role: { type: "text" },
  turn: { type: "whole" },
  modality: { type: "text" },
  start_s: { type: "number", nullable: true },
  end_s: { type: "number", nullable: true },
  value: { type: "number" },
  std_error: { type: "number", nullable: true },
  shap_value: { type: "number", nullable: true },
  payoff_full: { type: "number" },
  payoff_empty: { type: "number" },
  sampler: { type: "text" },
  coalitions: { type: "whole" },
  model: { type: "text" },
} as const satisfies Readonly<Record<string, { readonly type: ColumnType; readonly nullable?: true }>>;

export type PlayerColumn = keyof typeof PLAYER_COLUMNS;

/** One row a player. @param position of the result among all, which is its id where it has none. */
export function tableRows(result: StoredResult, position: number): readonly Readonly<Record<PlayerColumn, Cell>>[] {
  assertFinite(result, `results[${position}]`);
  const { payoff, explainer, model } = result;
  return playerRows(result).map((row) => ({
    id: result.id ?? result.spec.path ?? String(position),
    key: result.key ?? null,
    ...playerCells(row),
    payoff_full: payoff.full,
    payoff_empty: payoff.empty,
    sampler: explainer.sampler,
    coalitions: explainer.coalitions,
    model: model.repo,
  }));
}
