import type { Result, ResultPlayer } from "../../results/result_schema.js";
import { maxOf } from "../../util/arrays.js";
import { findingsOf } from "../shared/findings.js";
import { labelsOf } from "../shared/labels.js";
import { columnFormat } from "../shared/numbers.js";
import { truncate, wrap } from "./layout.js";
import type { Theme } from "./theme.js";

/** Pairs listed. */
const LONGEST = 10;

/** The strongest pairwise interactions of known sign, largest |value| first; nothing where they were not asked for. */
export function pairTable(result: Result, theme: Theme, width: number): readonly string[] {
  const findings = findingsOf(result);
  if (findings === null) return [];
  const { found, note } = findings;
  const nameOf = namesOf(result);
  const shown = found.slice(0, LONGEST);
  const format = columnFormat(shown.flatMap(({ value, interval }) => [value, ...interval]));
  const cells = shown.map(({ value, interval: [low, high] }) => ({
    value: format(value),
    interval: low === high ? "" : `[${format(low)}, ${format(high)}]`,
  }));
  const wide = { value: maxOf(cells.map(({ value }) => value.length)), interval: maxOf(cells.map(({ interval }) => interval.length)) };
  const half = Math.max(4, Math.floor((width - wide.value - wide.interval - 9) / 2));
  const lines = shown.map(({ first, second, value }, i) => {
    const cell = cells[i] as (typeof cells)[number];
    const interval = wide.interval === 0 ? "" : `${theme.faint(cell.interval.padEnd(wide.interval))}  `;
    const names = `${truncate(nameOf(first), half)} ${theme.faint("×")} ${truncate(nameOf(second), half)}`;
    return `${theme.sign(value)(cell.value.padStart(wide.value))}  ${interval}${names}`;
  });
  const head = ["pairs, beyond what each is worth alone", ...(note === "" ? [] : [note])];
  return [...head.flatMap((text) => wrap([{ text, paint: theme.faint }], width)), ...lines];
}

/** What tells a player from others of the same text, such as its turn, stands behind it. */
function namesOf(result: Result): (player: ResultPlayer) => string {
  const labels = labelsOf(result);
  const seen = new Map<string, number>();
  for (const { text } of labels.values()) seen.set(text, (seen.get(text) ?? 0) + 1);
  return (player) => {
    const { text, note } = labels.get(player) ?? { text: "?", note: "" };
    return (seen.get(text) ?? 0) > 1 && note !== "" ? `${text} (${note})` : text;
  };
}
