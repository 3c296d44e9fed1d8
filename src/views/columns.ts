/** Where a column's cells stand; every column after the last that is named stands as that one. */
export type Alignment = "left" | "right";

/** A table's lines: cells as wide as the widest of their column, two blanks apart, no blanks at the end. */
export function columns(rows: readonly (readonly string[])[], alignments: readonly Alignment[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  const padded = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return (alignments[column] ?? alignments.at(-1)) === "left" ? cell.padEnd(width) : cell.padStart(width);
  };
  return rows.map((row) => row.map(padded).join("  ").trimEnd());
}
