import { readFileSync, writeFileSync } from "node:fs";

/** A work, and the times that it took. */
export interface Measured {
  readonly work: string;
  readonly coalitions: number;
  /** Seconds of every way in every round. */
  readonly ways: readonly { readonly name: string; readonly seconds: readonly number[] }[];
  /** Seconds below which no way can be; null where it is not found out. */
  readonly limit: number | null;
}

/** Medians, those of the loops with their ratio to ours, which comes first; the limit with the share of it that ours reaches. Not every work has every loop. */
export function tableOf(measured: readonly Measured[]): string {
  const [own, ...others] = new Set(measured.flatMap(({ ways }) => ways.map(({ name }) => name)));
  const head = ["work", "coalitions", own, "the least it can take", ...others];
  return [rowOf(head), rowOf(head.map(() => "---")), ...measured.map((one) => rowOf(cellsOf(one, others)))].join("\n");
}

/** @param loops names of their columns. */
function cellsOf({ work, coalitions, ways, limit }: Measured, loops: readonly string[]): readonly unknown[] {
  const medians = new Map(ways.map(({ name, seconds }) => [name, median(seconds)]));
  const [own = Number.NaN] = medians.values();
  const beside = (seconds: number | null | undefined, told: (seconds: number) => string): string =>
    seconds == null ? "—" : `${seconds.toFixed(1)} s (${told(seconds)})`;
  return [
    work,
    coalitions,
    `${own.toFixed(1)} s`,
    beside(limit, (seconds) => `${((100 * seconds) / own).toFixed(0)} %`),
    ...loops.map((name) => beside(medians.get(name), (seconds) => `${(seconds / own).toFixed(1)} ×`)),
  ];
}

const rowOf = (cells: readonly unknown[]): string => `| ${cells.join(" | ")} |`;

/** Puts a table in the place of the page's. @param bench whose it is. @throws where the page has none. */
export function rewritePage(page: string, table: string, bench = "real"): void {
  const text = readFileSync(page, "utf8");
  const [begin, end] = ["begin", "end"].map((edge) => `<!-- npm run bench -- ${bench}: ${edge} -->`) as [string, string];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no lines ${begin} and ${end}, between which the table would stand`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
