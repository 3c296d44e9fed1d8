import { maxOf } from "../util/arrays.js";
import type { Guess } from "./answer_trie.js";

/**
 * What one more token in a pass costs, as a share of a step of its own: a step also loads every weight (worth some ten
 * tokens, shared by the batch's rows) and copies the caches. Measured on CPUs with models of 1 to 30 M parameters: 0.4 to
 * 0.55 in wide batches.
 */
function extraTokenCost(rows: number): number {
  return 1 / (1.8 + 10 / rows);
}

/**
 * Steps that each row must be expected to save on balance: what parts the rows' lengths makes smaller batches, which no
 * estimate of single tokens sees. Short answers, where little can be saved, are thus decoded plainly.
 */
const LEAST_GAIN = 1;

/**
 * How many guessed tokens every row of a batch is fed for checking: as many as are expected to save more steps than they
 * cost; 0 where guessing does not pay.
 * @param stateful a wrong guess spoils the state, so that what was right must be fed again.
 * @param most tokens that may be fed to a row.
 */
export function draftLength(guesses: readonly Guess[], rows: number, stateful: boolean, most: number): number {
  const cost = extraTokenCost(rows);
  const longest = Math.min(
    most,
    maxOf(
      guesses.map(({ ids }) => ids.length),
      0,
    ),
  );
  let best = 0;
  let bestGain = LEAST_GAIN * rows;
  let saved = 0;
  for (let k = 1; k <= longest; k++) {
    let right = 0;
    for (const { odds } of guesses) right += odds[k - 1] ?? 0;
    saved += right;
    const again = stateful ? cost * (guesses.length - right + saved * (1 - right / guesses.length)) : 0;
    const gain = saved - cost * k * rows - again;
    if (gain > bestGain) {
      best = k;
      bestGain = gain;
    }
  }
  return best;
}
