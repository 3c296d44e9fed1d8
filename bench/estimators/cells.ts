import { createRng } from "../../src/random.js";
import { AUTO } from "../../src/shapley/auto.js";
import type { TableGame } from "./games.js";
import { estimateOnce, METHODS, type Measured, RIVALS } from "./methods.js";
import { kendall, median, norm, quantile, ratioInterval } from "./statistics.js";

/** Coalitions a player. */
export const MULTIPLES = [2, 3, 5, 10, 30] as const;

/** One entry a game and seed; the same position is the same game and seed everywhere. */
interface Cell {
  /** |φ̂ − φ| / |φ| */
  readonly errors: number[];
  /** Kendall's tau. */
  readonly taus: number[];
}

/** One multiple's cells, by method. */
export type Cells = Readonly<Record<Measured, Cell>>;

/** Errors and taus of one kind of game, one entry a multiple. */
export async function measure(games: readonly TableGame[], seeds: number): Promise<readonly Cells[]> {
  const all: Cells[] = [];
  for (const multiple of MULTIPLES) {
    const cells = Object.fromEntries(METHODS.map((method) => [method, { errors: [], taus: [] }])) as unknown as Cells;
    // Where all 2^n fit, every method enumerates and there is nothing to compare.
    for (const game of games.filter(({ n }) => multiple * n < 2 ** n)) {
      for (const method of RIVALS) await fill(cells[method], game, method, multiple * game.n, seeds);
      const chosen = cells[AUTO.choose(game.n, multiple * game.n).name as Measured];
      cells.auto.errors.push(...chosen.errors.slice(-seeds));
      cells.auto.taus.push(...chosen.taus.slice(-seeds));
    }
    all.push(cells);
  }
  return all;
}

async function fill(cell: Cell, game: TableGame, method: Measured, budget: number, seeds: number): Promise<void> {
  for (let seed = 0; seed < seeds; seed++) {
    const { values } = await estimateOnce(game, method, budget, `${game.name} ${seed}`);
    cell.errors.push(norm(values.map((value, i) => value - (game.truth[i] as number))) / norm(game.truth));
    cell.taus.push(kendall(values, game.truth));
  }
}

export function cellTable(all: readonly Cells[], key: keyof Cell): string {
  const head = `| coalitions | ${METHODS.join(" | ")} |\n|---|${METHODS.map(() => "---:|").join("")}`;
  const rows = all.map((cells, at) => {
    const columns = METHODS.map((method) => {
      const values = cells[method][key];
      return `${three(median(values))} (${three(quantile(values, 0.25))}–${three(quantile(values, 0.75))})`;
    });
    return `| ${MULTIPLES[at]}n | ${columns.join(" | ")} |`;
  });
  return [head, ...rows].join("\n");
}

function three(value: number): string {
  return value >= 0.001 ? value.toFixed(value >= 0.1 ? 2 : 4) : value.toExponential(1);
}

/** Is `auto` worse than the best column by more than chance? */
export function verdicts(all: readonly Cells[]): string {
  const head = "| coalitions | best | ratio | 95 % interval | auto is |\n|---|---|---:|---|---|";
  const rows = all.map((cells, at) => {
    const middle = (method: Measured): number => median(cells[method].errors);
    const best = RIVALS.reduce((a, b) => (middle(b) < middle(a) ? b : a));
    const ratio = middle("auto") / middle(best);
    const [low, high] = ratioInterval(cells.auto.errors, cells[best].errors, createRng(`bootstrap ${MULTIPLES[at]}`));
    return `| ${MULTIPLES[at]}n | ${best} | ${ratio.toFixed(3)} | ${low.toFixed(3)}–${high.toFixed(3)} | ${low > 1 ? "worse" : "not worse"} |`;
  });
  return [head, ...rows].join("\n");
}
