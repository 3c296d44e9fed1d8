import { createRng } from "../../src/random.js";
import { reply, task } from "../shared/child.js";
import type { Rates } from "./least.js";
import { openPlain } from "./session.js";

/*
 * The runtime's best rates with a graph, in a process of its own: passes of several shapes of which the logits alone are fetched, so that no cache is
 * copied out.
 */

export interface RatesTask {
  readonly path: string;
  readonly vocabulary: number;
  /** Tokens that all rows begin with. */
  readonly start: number;
  /** Rows that are stepped together at most. */
  readonly answers: number;
}

/** Tokens of a row, and those behind the start that a step is fed on: about a short question with its answer. */
const WIDTH = 64;
/** Rows and tokens of each: of few rows a long start is copied the least. */
const SHAPES = [
  [1, WIDTH],
  [1, 4 * WIDTH],
  [2, WIDTH],
  [4, WIDTH],
  [8, WIDTH],
] as const;
const REPEATS = 3;

const { path, vocabulary, start, answers } = task() as RatesTask;
const session = await openPlain(path);
const opening = process.uptime();
const rng = createRng("rates");
const LOGITS = ["logits"];

const random = (count: number): readonly number[] => Array.from({ length: count }, () => rng.int(vocabulary));

/** Tokens a second in the best of a few passes, after one that is not counted. */
async function best(tokens: number, pass: () => Promise<unknown>): Promise<number> {
  await pass();
  let least = Infinity;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const started = performance.now();
    await pass();
    least = Math.min(least, (performance.now() - started) / 1000);
  }
  return tokens / least;
}

async function feeding(seen: number): Promise<number> {
  const rates: number[] = [];
  for (const [rows, width] of SHAPES) {
    const fed = { ids: random(rows * width), rows, seen, cache: session.zeros(rows, seen) };
    rates.push(await best(rows * width, () => session.run(fed, LOGITS)));
  }
  return Math.max(...rates);
}

const [first, behind] = [await feeding(0), await feeding(start)];
const stepping: { rows: number; rate: number }[] = [];
for (const rows of [1, 8, 16, 32, 64].filter((rows) => rows === 1 || rows <= answers)) {
  // A past of zeros takes as long as any other.
  const seen = start + WIDTH;
  const fed = { ids: random(rows), rows, seen, cache: session.zeros(rows, seen) };
  stepping.push({ rows, rate: await best(rows, () => session.run(fed, LOGITS)) });
}
reply({ opening, feeding: { first, behind }, stepping } satisfies Rates);
