import type { Result } from "../../results/result_schema.js";
import { maxOf } from "../../util/arrays.js";
import { type Label, labelsOf } from "../shared/labels.js";
import { columnFormat } from "../shared/numbers.js";
import { truncate } from "./layout.js";
import type { Theme } from "./theme.js";

/** Pairs listed. */
const LONGEST = 10;

/** The strongest pairwise interactions, largest |value| first; nothing where they were not asked for. */
export function pairTable(result: Result, theme: Theme, width: number): readonly string[] {
  const { interactions, players } = result;
  if (interactions === undefined || interactions.pairs.length === 0) return [];
  const labels = labelsOf(result);
  const text = (index: number): string => {
    const player = players[index];
    return player === undefined ? "?" : textOf(labels.get(player));
  };
  const shown = interactions.pairs.slice(0, LONGEST);
  const format = columnFormat(shown.map(({ value }) => value));
  const cells = shown.map(({ value }) => format(value));
  const wide = maxOf(cells.map((cell) => cell.length));
  const half = Math.max(4, Math.floor((width - wide - 7) / 2));
  const lines = shown.map(({ players: [first, second], value }, i) => {
    const cell = (cells[i] as string).padStart(wide);
    return `${theme.sign(value)(cell)}  ${truncate(text(first), half)} ${theme.faint("×")} ${truncate(text(second), half)}`;
  });
  const head = interactions.exact ? "pairs, beyond what each is worth alone" : "pairs, beyond what each is worth alone (sampled)";
  return [theme.faint(truncate(head, width)), ...lines];
}

const textOf = (label: Label | undefined): string => label?.text ?? "?";
