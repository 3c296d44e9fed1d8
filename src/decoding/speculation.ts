import { maxOf } from "../util/arrays.js";
import type { Guess } from "./answer_trie.js";

/** What a pass costs whatever it feeds, what a row of it costs, and what each token does that is fed to a row besides its first. Every pass loads all
 * weights (worth some ten tokens) and copies the caches. Measured on CPUs with models of 1 to 30 M parameters: a further token takes 0.4 to 0.55 of a step
 * of its own in wide batches.
 */
const [PASS, ROW, TOKEN] = [10, 1.8, 1];

/** What one more token in a pass costs, as a share of a step of its own. */
function extraTokenCost(rows: number): number {
  return TOKEN / (ROW + PASS / rows);
}

/**
 * Steps that each row must be expected to save on balance: what parts the rows' lengths makes smaller batches, which no
 * estimate of single tokens sees. Short answers, where little can be saved, are thus decoded plainly.
 */
const LEAST_GAIN = 1;

/** Guesses that rows are fed. */
export interface Draft {
  readonly rows: number;
  /** Tokens of each row; 0 = guessing does not pay. */
  readonly length: number;
  /** Steps that all rows together may be expected to save. */
  readonly saved: number;
}

/**
 * How many guessed tokens every row of a batch is fed for checking: as many as are expected to save more steps than they
 * cost; 0 where guessing does not pay.
 * @param stateful a wrong guess spoils the state, so that what was right must be fed again.
 * @param most tokens that may be fed to a row.
 */
export function draftOf(guesses: readonly Guess[], rows: number, stateful: boolean, most: number): Draft {
  const cost = extraTokenCost(rows);
  const longest = Math.min(
    most,
    maxOf(
      guesses.map(({ ids }) => ids.length),
      0,
    ),
  );
  let best: Draft = { rows, length: 0, saved: 0 };
  let bestGain = LEAST_GAIN * rows;
  let saved = 0;
  for (let k = 1; k <= longest; k++) {
    let right = 0;
    for (const { odds } of guesses) right += odds[k - 1] ?? 0;
    saved += right;
    const again = stateful ? cost * (guesses.length - right + saved * (1 - right / guesses.length)) : 0;
    const gain = saved - cost * k * rows - again;
    if (gain > bestGain) {
      best = { rows, length: k, saved };
      bestGain = gain;
    }
  }
  return best;
}

/**
 * Whether more tokens come of the time where some rows leave a batch to be fed guesses, in a pass for each draft, than where all are stepped together.
 * @param rows of the batch.
 */
export function draftsPay(rows: number, drafts: readonly Draft[]): boolean {
  const step = (of: number): number => (of === 0 ? 0 : PASS + ROW * of);
  let left = rows;
  let [tokens, cost] = [rows, 0];
  for (const draft of drafts) {
    left -= draft.rows;
    tokens += draft.saved;
    cost += step(draft.rows) + TOKEN * draft.length * draft.rows;
  }
  return tokens * step(rows) > rows * (cost + step(left));
}
