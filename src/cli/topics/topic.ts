/** What `help NAME` tells that belongs to no command. */
export interface Topic {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  text(): Promise<string>;
}

/** Two columns, the second wrapped by whoever reads. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = rows.reduce((most, [left]) => Math.max(most, left.length), 0);
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join("");
}
