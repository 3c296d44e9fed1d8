import type { Interval } from "../../math/bootstrap.js";
import type { FaithfulnessBlock, PairedFaithfulness } from "../../results/summary/faithfulness.js";
import type { GroupRow, PairedBlock, Summary } from "../../results/summary/summary.js";

/** A number with its interval, a number, a text, or nothing. */
export type SummaryCell = string | number | Interval | null;

/** A table of a summary as every format shows it. */
export interface SummaryTable {
  readonly title: string;
  readonly columns: readonly string[];
  /** The first cell names the row. */
  readonly rows: readonly (readonly SummaryCell[])[];
}

export function tablesOf({ set, by, faithfulness, comparison, faithfulness_comparison: paired }: Summary): readonly SummaryTable[] {
  return [
    {
      title: set.name,
      columns: ["", "mean"],
      rows: [
        ["conversations", set.conversations],
        ["players", set.players],
        ["coalitions", set.coalitions],
        ["payoff gap", set.payoff_gap],
      ],
    },
    ...Object.entries(by).map(([name, rows]) => groupTable(name, rows)),
    ...(faithfulness === undefined ? [] : [faithfulnessTable(faithfulness)]),
    ...(comparison === undefined ? [] : [pairedTable(comparison)]),
    ...(paired === undefined ? [] : [pairedFaithfulnessTable(paired)]),
  ];
}

function groupTable(name: string, rows: readonly GroupRow[]): SummaryTable {
  return {
    title: `by ${name}`,
    columns: [name, "conversations", "players", "mean |value|", "share"],
    rows: rows.map((row) => [row.group, row.conversations, row.players, row.mean_absolute_value, row.share]),
  };
}

function faithfulnessTable({ conversations, metrics }: FaithfulnessBlock): SummaryTable {
  return {
    title: `faithfulness of ${conversations} conversations`,
    columns: ["metric", "explanation", "leave-one-out", "random", "over leave-one-out", "over random", "share better than random"],
    rows: Object.entries(metrics).map(([metric, row]) => [
      `${metric} (${row.better} is better)`,
      row.explanation,
      row.leave_one_out,
      row.random,
      row.over_leave_one_out,
      row.over_random,
      row.better_than_random,
    ]),
  };
}

function pairedTable({ a, b, pairs, rows }: PairedBlock): SummaryTable {
  return {
    title: `${a} (a) and ${b} (b), ${pairs} pairs`,
    columns: ["measure", "pairs", "a", "b", "b − a, or agreement"],
    rows: rows.map((row) => [row.measure, row.pairs, row.a, row.b, row.mean]),
  };
}

function pairedFaithfulnessTable({ a, b, pairs, metrics }: PairedFaithfulness): SummaryTable {
  return {
    title: `faithfulness of ${a} (a) and ${b} (b), ${pairs} pairs`,
    columns: ["metric", "a", "b", "b better by", "b better by, over random", "share in which b is better"],
    rows: Object.entries(metrics).map(([metric, row]) => [
      `${metric} (${row.better} is better)`,
      row.a,
      row.b,
      row.b_better_by,
      row.b_better_by_over_random,
      row.b_wins,
    ]),
  };
}

export function isInterval(cell: SummaryCell): cell is Interval {
  return typeof cell === "object" && cell !== null;
}
