/** A cell that no spreadsheet takes for a formula. Tabs and line breaks too: spreadsheets skip them and read on. Full-width forms count as well. */
export function guardFormula(cell: string): string {
  return /^[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : cell;
}
