import type { Result, ResultPlayer } from "../../results/result_schema.js";
import { certaintyOf, type Measured } from "./certainty.js";

/** Two players whose interaction has a known sign. */
export interface Finding extends Measured {
  readonly first: ResultPlayer;
  readonly second: ResultPlayer;
  readonly interval: readonly [number, number];
}

export interface Findings {
  /** The strongest first. */
  readonly found: readonly Finding[];
  /** What became of the pairs that are not shown; "" where none is left out. */
  readonly note: string;
}

/** Pairs that may be shown as findings: those whose interval does not hold 0. Null where interactions were not asked for. */
export function findingsOf({ interactions, players }: Result): Findings | null {
  if (interactions === undefined || interactions.pairs.length === 0) return null;
  const { pairs, exact, uncertainty } = interactions;
  const found = pairs.flatMap((pair): readonly Finding[] => {
    const [first, second] = [players[pair.players[0]], players[pair.players[1]]];
    const interval = pair.interval ?? (exact ? ([pair.value, pair.value] as const) : null);
    if (first === undefined || second === undefined || interval === null) return [];
    const finding = { first, second, value: pair.value, interval };
    return certaintyOf(finding) === "sure" && pair.value !== 0 ? [finding] : [];
  });
  if (exact) return { found, note: found.length === 0 ? "no pair is worth more or less together than apart" : "" };
  const measured = pairs.some(({ interval }) => interval !== undefined && interval !== null);
  const why = uncertainty?.reason ?? "this result has none";
  const note = measured
    ? `${found.length} of ${pairs.length} pairs have an interval without 0, the others may be chance`
    : `no pair is shown, as none has a known error: ${why}`;
  return { found, note };
}
