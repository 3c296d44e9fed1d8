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
}

/** Tokens of a row, and of the past that a step is fed on: about a short question with its answer. */
const WIDTH = 64;
const REPEATS = 3;

const { path, vocabulary } = task() as RatesTask;
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

let feeding = 0;
for (const rows of [1, 2, 4, 8]) {
  const fed = { ids: random(rows * WIDTH), rows, seen: 0, cache: session.zeros(rows, 0) };
  feeding = Math.max(feeding, await best(rows * WIDTH, () => session.run(fed, LOGITS)));
}
const stepping: { rows: number; rate: number }[] = [];
for (const rows of [1, 8, 16, 32, 64]) {
  // A past of zeros takes as long as any other.
  const fed = { ids: random(rows), rows, seen: WIDTH, cache: session.zeros(rows, WIDTH) };
  stepping.push({ rows, rate: await best(rows, () => session.run(fed, LOGITS)) });
}
reply({ opening, feeding, stepping } satisfies Rates);
