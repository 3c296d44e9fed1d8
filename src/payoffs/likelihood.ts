import { definePayoff } from "./payoff.js";
import type { ScorePayoff } from "./types.js";

/** No step counts for less: one impossible token would otherwise drown all others (log 0 = −∞). */
const FLOOR = -100;

export const likelihood = definePayoff({
  name: "likelihood",
  summary: "mean log-probability of the answer's steps",
  asks: "scores",
  create: () => likelihoodPayoff,
});

const atLeast = (logProbability: number): number => Math.max(logProbability, FLOOR);

/** Mean over the answer's steps of log p(step | masked chat, earlier steps). */
export const likelihoodPayoff: ScorePayoff = {
  needs: "scores",
  value(logProbabilities) {
    let sum = 0;
    let floored = 0;
    for (const logProbability of logProbabilities) {
      if (logProbability < FLOOR) floored++;
      sum += atLeast(logProbability);
    }
    return { payoff: sum / logProbabilities.length, floored };
  },
  step: atLeast,
};
