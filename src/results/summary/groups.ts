import { type PlayerRow, playerRows, ROLES } from "../player_rows.js";
import type { Result } from "../result_schema.js";

/** A way of telling players apart, by which tables of papers are broken down. */
export interface Grouping<Name extends string = string> {
  readonly name: Name;
  /** Names of its groups, in the order of the table. */
  readonly groups: readonly string[];
  /** @param count players of the conversation. */
  of(row: PlayerRow, count: number): string;
}

const FIFTHS = ["first fifth", "second fifth", "third fifth", "fourth fifth", "last fifth"] as const;

/** Every grouping. */
export const GROUPINGS = [
  { name: "role", groups: ROLES, of: ({ role }) => role },
  { name: "modality", groups: ["text", "audio"], of: ({ modality }) => modality },
  {
    name: "position",
    groups: FIFTHS,
    of: ({ player: { index } }, count) => FIFTHS[Math.floor((FIFTHS.length * index) / count)] ?? FIFTHS[4],
  },
] as const satisfies readonly Grouping[];

export type GroupingName = (typeof GROUPINGS)[number]["name"];

/** One conversation's part of a group. */
export interface Part {
  readonly players: number;
  /** Mean |value| of the group's players, in payoff units. */
  readonly meanAbsolute: number;
  /** Of the conversation's sum of |value|; null where that is 0. */
  readonly share: number | null;
}

/** What each group has of one conversation; groups without a player are left out. */
export function partsOf(result: Result, { of }: Grouping): ReadonlyMap<string, Part> {
  const rows = playerRows(result);
  const sums = new Map<string, { players: number; sum: number }>();
  let total = 0;
  for (const row of rows) {
    const group = of(row, rows.length);
    const size = Math.abs(row.player.value);
    const before = sums.get(group) ?? { players: 0, sum: 0 };
    sums.set(group, { players: before.players + 1, sum: before.sum + size });
    total += size;
  }
  return new Map(
    [...sums].map(([group, { players, sum }]) => [
      group,
      { players, meanAbsolute: sum / players, share: total === 0 ? null : sum / total },
    ]),
  );
}
