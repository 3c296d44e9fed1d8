import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BudgetError } from "../../src/errors.js";
import type { Coalition } from "../../src/game/types.js";
import { spearman } from "../../src/math/ranks.js";
import { createRng } from "../../src/random.js";
import { COLUMNS, type Column, flips } from "./columns.js";
import { openModel } from "./model.js";
import type { SparseOptions } from "./options.js";
import { type Cell, pageOf, type Row } from "./page.js";
import { NotRecorded, type RecordedGame, readRecord } from "./record.js";

/** Coalitions, and as many seeds of each: what the record holds. More take a model, at a second a coalition. */
const BUDGETS = [
  { budget: 64, seeds: 1 },
  { budget: 128, seeds: 1 },
  { budget: 256, seeds: 1 },
] as const;
const QUICK = [{ budget: 64, seeds: 1 }] as const;
/** How many of the players of largest value are taken away together. */
const TOP = [1, 3, 5] as const;
const HELD_OUT = 128;

/**
 * Estimators of a long document on context-cite's own two measures: what removing the sentences of largest value costs the answer, and the
 * rank correlation of held-out ablations' payoffs with the sums of the values of who is in.
 */
export async function run({ quick, record, out }: SparseOptions & { readonly quick: boolean }): Promise<void> {
  const rows = await rowsOf(record, quick);
  const { players, steps, coalitions } = readRecord();
  const page = pageOf({ players, steps, coalitions, heldOut: HELD_OUT, top: TOP }, rows);
  const folder = out ?? (quick ? undefined : "docs");
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "sparse.md"), page);
  }
  console.log(page);
}

async function rowsOf(record: string | undefined, quick: boolean): Promise<readonly Row[]> {
  if (record === undefined) return await measure(readRecord(), quick);
  await using game = await openModel(record);
  return await measure(game, quick);
}

/** Seed by seed, so that a record that is broken off holds the first ones. */
async function measure(game: RecordedGame, quick: boolean): Promise<readonly Row[]> {
  const whole = await game.evaluate([new Uint8Array(game.players), new Uint8Array(game.players).fill(1)], {});
  const heldOut = flips(game.players, HELD_OUT, createRng("held out"));
  const truth = { heldOut, payoffs: await game.evaluate(heldOut, {}), full: whole[1] as number };
  const budgets = quick ? QUICK : BUDGETS;
  const rows = budgets.flatMap(({ budget }) => COLUMNS.map((column) => ({ budget, column, cells: [] as Cell[] })));
  for (let seed = 1; seed <= Math.max(...budgets.map(({ seeds }) => seeds)); seed++) {
    for (const { budget, column, cells } of rows) {
      if (seed > (budgets.find((one) => one.budget === budget)?.seeds ?? 0)) continue;
      const cell = await cellOf(game, truth, column, budget, seed);
      if (cell !== null) cells.push(cell);
    }
  }
  return rows.map(({ budget, column, cells }) => ({ budget, name: column.name, refused: budget < column.least(game.players), cells }));
}

interface Truth {
  readonly heldOut: readonly Coalition[];
  readonly payoffs: Float64Array;
  readonly full: number;
}

/** null where a column refuses the budget, or draws what was never played. */
async function cellOf(game: RecordedGame, truth: Truth, column: Column, budget: number, seed: number): Promise<Cell | null> {
  if (budget < column.least(game.players)) return null;
  try {
    const values = await column.values(game, budget, seed);
    const drops = [];
    for (const k of TOP) drops.push(await dropOf(game, truth, values, k));
    return { drops, score: scoreOf(truth, values) };
  } catch (error) {
    if (error instanceof NotRecorded || error instanceof BudgetError) return null;
    throw error;
  }
}

/** Nats that the answer loses with the k players of largest value; null where nobody has tried. */
async function dropOf(game: RecordedGame, { full }: Truth, values: Float64Array, k: number): Promise<number | null> {
  const order = Array.from(values.keys()).sort((i, j) => (values[j] as number) - (values[i] as number));
  const coalition = new Uint8Array(game.players).fill(1);
  for (const player of order.slice(0, k)) coalition[player] = 0;
  try {
    const [left] = await game.evaluate([coalition], {});
    return game.steps * (full - (left as number));
  } catch (error) {
    if (error instanceof NotRecorded) return null;
    throw error;
  }
}

function scoreOf({ heldOut, payoffs }: Truth, values: Float64Array): number {
  const sums = heldOut.map((coalition) => coalition.reduce((total, inside, i) => total + inside * (values[i] as number), 0));
  return spearman(sums, payoffs) ?? 0;
}
