import type { MethodDefinition } from "./method.js";
import { exact } from "./methods/exact.js";
import { kernel } from "./methods/kernel.js";
import { leverage } from "./methods/leverage.js";
import { permutation } from "./methods/permutation.js";

/** Below this many coalitions a player antithetic permutations have the smaller error, from there on paired regression has. */
const REGRESSION_FROM = 4;

/** Up to here KernelSHAP's sizes are at least as good as equal ones (11 % less error at 5n); for more players they are worse. */
const KERNEL_UP_TO = 16;

/** The sampler that chooses another one, as `npm run bench:estimators` measures it. */
export const AUTO = {
  name: "auto",
  summary: `exact where the budget pays for all 2^n coalitions; permutation below ${REGRESSION_FROM}n; from there on kernel for up to ${KERNEL_UP_TO} players, leverage for more`,
  choose(n: number, budget: number): MethodDefinition<"exact" | "permutation" | "kernel" | "leverage"> {
    if (2 ** n <= budget) return exact;
    if (budget < REGRESSION_FROM * n) return permutation;
    return n <= KERNEL_UP_TO ? kernel : leverage;
  },
} as const;
