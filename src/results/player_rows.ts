import type { Result, ResultPlayer } from "./result_schema.js";
import { tokenRows } from "./tokens.js";

/** A result as a batch keeps it: `id` and `key` stand before the result's own keys. */
export type StoredResult = Result & { readonly id?: string; readonly key?: string };

export const ROLES = ["user", "assistant", "system"] as const;
export type RoleName = (typeof ROLES)[number];
export type Modality = "text" | "audio";

/** A player of a result with where it stands. */
export interface PlayerRow {
  readonly player: ResultPlayer;
  /** Of its first token. */
  readonly role: RoleName;
  readonly modality: Modality;
  /** Of its first token; null where it has none. */
  readonly shapValue: number | null;
}

/** What tables say of a player, whatever else they say. */
export function playerCells({ player, role, modality, shapValue }: PlayerRow) {
  const { index, kind, text, turn, start_s, end_s, value, std_error } = player;
  return { player: index, kind, text, role, turn, modality, start_s, end_s, value, std_error, shap_value: shapValue };
}

/** Players in order. @throws ExplainError where the result contradicts itself. */
export function playerRows(result: Result): readonly PlayerRow[] {
  const first = new Map(tokenRows(result).flatMap((row) => (row.first && row.player !== null ? [[row.player.index, row] as const] : [])));
  return result.players.map((player) => {
    const row = first.get(player.index);
    return {
      player,
      role: ROLES[row?.role ?? 2],
      modality: row?.contentType === 1 ? "audio" : "text",
      shapValue: row?.shapValue ?? null,
    };
  });
}
