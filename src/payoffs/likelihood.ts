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

/** None is less than the floor. */
export const atLeast = (logProbability: number): number => Math.max(logProbability, FLOOR);

/** The log-probabilities, none below the floor, and how many were. */
export function floorOf(logProbabilities: Float64Array): { readonly kept: Float64Array; readonly floored: number } {
  const floored = logProbabilities.reduce((count, logProbability) => count + (logProbability < FLOOR ? 1 : 0), 0);
  return { kept: logProbabilities.map(atLeast), floored };
}

/** Mean over the answer's steps of log p(step | masked chat, earlier steps). */
export const likelihoodPayoff: ScorePayoff = {
  needs: "scores",
  value(logProbabilities) {
    const { kept, floored } = floorOf(logProbabilities);
    return { payoff: kept.reduce((sum, logProbability) => sum + logProbability, 0) / kept.length, floored };
  },
  step: (logProbability) => atLeast(logProbability),
};
