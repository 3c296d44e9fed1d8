import { payoffs } from "../payoffs/registry.js";
import { AUTO } from "../shapley/auto.js";
import { methods } from "../shapley/registry.js";
import { columns } from "../views/columns.js";

interface Choice {
  readonly name: string;
  readonly summary: string;
}

/** What samplers and payoffs there are, one a line. */
export function choicesHelp(): string {
  const shown = payoffs.map(({ name, summary, flag }) => ({ name, summary: flag === null ? summary : `${summary} (${flag})` }));
  return listing("Samplers", [AUTO, ...methods]) + listing("Payoffs", shown);
}

function listing(title: string, rows: readonly Choice[]): string {
  const lines = columns(
    rows.map(({ name, summary }) => [name, summary]),
    ["left"],
  );
  return `\n${title}:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
