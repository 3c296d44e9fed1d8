import type { ComparisonReport, PlayerDifference, Side } from "../results/comparison.js";
import { escapeControl } from "../util/escape.js";
import { registryOf } from "../util/registry.js";
import { columns } from "./columns.js";
import { jsonDocument, textDocument } from "./document.js";
import { columnFormat, count, plural, short } from "./shared/numbers.js";

/** Players listed. */
const LONGEST = 10;

/** Every format of comparisons. */
export const COMPARISON_FORMATS = registryOf(jsonDocument<ComparisonReport>(), textDocument(comparisonText));

/** One comparison for reading. */
function comparisonText(report: ComparisonReport): string {
  const { a, b, differ_in, n_players, spearman, kendall, sign_agreement, mean_absolute_difference, players } = report;
  const lines = [
    `a  ${sideLine(a)}`,
    `b  ${sideLine(b)}`,
    `   ${differ_in.length === 0 ? "one conversation, model, answer, payoff, sampler and seed" : `they differ in: ${differ_in.join(", ")}`}`,
    "",
    `rank correlation    Spearman ${correlation(spearman)}, Kendall ${correlation(kendall)}`,
    `sign agreement      ${Math.round(sign_agreement * n_players)} of ${plural(n_players, "player")}`,
    `mean |difference|   ${short(mean_absolute_difference)}`,
    "",
    ...differenceTable(players.slice(0, LONGEST)),
    ...(n_players > LONGEST ? [`and ${count(n_players - LONGEST)} with smaller differences`] : []),
  ];
  return `${lines.map((line) => escapeControl(line)).join("\n")}\n`;
}

function sideLine({ file, sampler, payoff, coalitions, model }: Side): string {
  return `${file}: ${sampler}, ${plural(coalitions, "coalition")}, ${payoff}, ${model}`;
}

function correlation(value: number | null): string {
  return value === null ? "none (all players rank alike)" : value.toFixed(3);
}

/** Largest difference first; z in standard errors where they are known. */
function differenceTable(players: readonly PlayerDifference[]): readonly string[] {
  const format = columnFormat(players.flatMap(({ a, b, difference }) => [a, b, difference]));
  const withZ = players.some(({ z }) => z !== null);
  const rows = players.map(({ a, b, difference, z, index, text }) => [
    format(a),
    format(b),
    format(difference),
    ...(withZ ? [z === null ? "" : `${z > 0 ? "+" : ""}${z.toFixed(1)}`] : []),
    ` ${text === "" ? `player ${index}` : text}`,
  ]);
  const head = ["a", "b", "b − a", ...(withZ ? ["in errors"] : [])];
  return columns([head, ...rows], [...head.map(() => "right" as const), "left"]);
}
