import type { MethodName } from "./names.js";

/** What `auto` does, in one line. */
export const AUTO_SUMMARY =
  "exact where the budget pays for all 2^n coalitions; permutation below 4n; from there on kernel for up to 16 players, leverage for more";

/** Below this many coalitions a player antithetic permutations have the smaller error, from there on paired regression has. */
const REGRESSION_FROM = 4;

/** Up to here KernelSHAP's sizes are at least as good as equal ones (11 % less error at 5n); for more players they are worse. */
const KERNEL_UP_TO = 16;

/** The policy of `auto`, as `npm run bench:estimators` measures it. */
export function chooseMethod(n: number, budget: number): MethodName {
  if (2 ** n <= budget) return "exact";
  if (budget < REGRESSION_FROM * n) return "permutation";
  return n <= KERNEL_UP_TO ? "kernel" : "leverage";
}
