/** Of one seed. */
export interface Cell {
  /** Nats lost with the top 1, 3, 5; null where that was never played. */
  readonly drops: readonly (number | null)[];
  /** Linear datamodeling score. */
  readonly score: number;
}

export interface Row {
  readonly budget: number;
  readonly name: string;
  /** The estimator does not play with so few. */
  readonly refused: boolean;
  readonly cells: readonly Cell[];
}

export interface Facts {
  readonly players: number;
  readonly steps: number;
  readonly heldOut: number;
  readonly top: readonly number[];
}

export function pageOf(facts: Facts, rows: readonly Row[]): string {
  return `# TODO\n\n${rows.map(rowOf).join("\n")}\n`;
}

function rowOf({ budget, name, refused, cells }: Row): string {
  const shown = refused
    ? ["refused", "", "", "", ""]
    : [cells.length, ...[0, 1, 2].map((k) => meanOf(cells.map(({ drops }) => drops[k] ?? null), 2)), meanOf(cells.map(({ score }) => score), 2)];
  return `| ${[budget, name, ...shown].join(" | ")} |`;
}

function meanOf(values: readonly (number | null)[], digits: number): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "–";
  return (known.reduce((total, value) => total + value, 0) / known.length).toFixed(digits);
}
