import type { Result, ResultPlayer } from "../../results/result_schema.js";
import { maxOf } from "../../util/arrays.js";
import type { Measured } from "./certainty.js";
import { seconds } from "./numbers.js";
import { withVisibleEdges } from "./visible.js";

export type Output = NonNullable<Result["outputs"]>["steps"][number];

/** What a player is worth to a part of the answer. */
export interface Cell extends Measured {
  readonly player: ResultPlayer;
  readonly std_error: number | null;
  readonly interval: readonly [number, number] | null;
}

/** One a player, in order. */
export function cellsOf({ players }: Result, { values, std_errors, low, high }: Output): readonly Cell[] {
  return players.map((player, i) => ({
    player,
    value: values[i] ?? 0,
    std_error: std_errors?.[i] ?? null,
    interval: low === null || high === null ? null : [low[i] ?? 0, high[i] ?? 0],
  }));
}

/** What to call a part: its text, of sound its times or its steps. */
export function outputLabel({ text, start_s, end_s, steps: [from, to] }: Output): string {
  if (text.trim() !== "") return text.trim();
  if (start_s !== null && end_s !== null) return seconds(start_s, end_s);
  if (text !== "") return withVisibleEdges(text);
  return to === from + 1 ? `step ${from}` : `steps ${from}–${to - 1}`;
}

/** Largest |value| of the parts' cells; 0 where there are none. */
export const largestCell = (outputs: readonly Output[]): number =>
  maxOf(
    outputs.map(({ values }) =>
      maxOf(
        values.map((value) => Math.abs(value)),
        0,
      ),
    ),
    0,
  );
