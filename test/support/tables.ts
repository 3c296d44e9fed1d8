import type { Method } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import { patternOf } from "./games.js";

/** A random game by bit pattern: a bent sum of weights, one interaction of three, and noise of its own for every coalition. */
export function sampledTable(n: number, seed: string): Float64Array {
  const rng = createRng(seed);
  const weights = Array.from({ length: n }, () => rng.float() - 0.3);
  return Float64Array.from({ length: 2 ** n }, (_, bits) => {
    const smooth = weights.reduce((sum, w, i) => sum + w * ((bits >> i) & 1), 0);
    return Math.tanh(smooth) + ((bits & 7) === 7 ? 0.3 : 0) + 0.1 * rng.float();
  });
}

/** Bit patterns of the coalitions that a method which does not look draws, in order. */
export function patternsOf(method: Method<unknown>, n: number, budget: number, seed: number): readonly number[] {
  const sampler = method.sample(n, budget, createRng(seed));
  const nothing = new Float64Array(0);
  const patterns: number[] = [];
  for (let step = sampler.next(nothing); step.done !== true; step = sampler.next(nothing)) {
    patterns.push(...step.value.coalitions.map(patternOf));
  }
  return patterns;
}
