import type { Interval } from "../../math/bootstrap.js";
import type { Summary } from "../../results/summary/summary.js";
import { count, short } from "../shared/numbers.js";
import { isInterval, type SummaryCell } from "./tables.js";

/** What stands above a summary's tables, by what it is called. */
export function factsOf({
  set,
  confidence,
  comparison,
  faithfulness_comparison: paired,
}: Summary): readonly (readonly [label: string, text: string])[] {
  return [
    ["models", set.models.join(", ")],
    ["samplers", `${set.samplers.join(", ")}; payoff ${set.payoffs.join(", ")}`],
    ["intervals", `${percentOf(confidence)} %, bootstrap over conversations`],
    ...(comparison === undefined || comparison.unpaired === 0
      ? []
      : [["unpaired", `${count(comparison.unpaired)} conversations are in one set only`] as const]),
    ...(comparison === undefined || comparison.other_players === 0
      ? []
      : [["players", `of ${count(comparison.other_players)} pairs differ: agreement is of the others`] as const]),
    ...(paired === undefined || paired.unpaired === 0
      ? []
      : [["unpaired", `${count(paired.unpaired)} evaluations are in one set only`] as const]),
  ];
}

/** `1.2 [1.1, 1.3]`, a number, a text, or nothing. */
export function cellText(cell: SummaryCell): string {
  if (cell === null) return "";
  if (isInterval(cell)) return intervalText(cell);
  return typeof cell === "number" ? numberText(cell) : cell;
}

/** `1.2 [1.1, 1.3]` */
export function intervalText({ value, low, high }: Interval): string {
  return `${short(value)} [${short(low)}, ${short(high)}]`;
}

export function numberText(value: number): string {
  return Number.isInteger(value) ? count(value) : short(value);
}

export function percentOf(confidence: number): string {
  return String(Math.round(confidence * 1000) / 10);
}
