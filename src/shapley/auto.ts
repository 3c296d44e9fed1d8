import type { MethodDefinition } from "./method.js";
import { exact } from "./methods/exact.js";
import { permutation } from "./methods/permutation.js";
import { proxy } from "./methods/proxy.js";

/** Below this many coalitions a player antithetic permutations have the smaller error, from there on a fitted surrogate has. */
const PROXY_FROM = 3;

/** The sampler that chooses another one, as `npm run bench -- estimators` measures it. */
export const AUTO = {
  name: "auto",
  summary: `exact where the budget pays for all 2^n coalitions; permutation from n + 1 to ${PROXY_FROM}n; else proxy`,
  choose(n: number, budget: number): MethodDefinition<"exact" | "permutation" | "proxy"> {
    if (2 ** n <= budget) return exact;
    // Too few for a single order of all players are not too few to fit something to.
    return permutation.minBudget(n) <= budget && budget < PROXY_FROM * n ? permutation : proxy;
  },
} as const;
