import type { MethodName } from "./names.js";

/** What `auto` does, in one line. */
export const AUTO_SUMMARY = "exact where the budget pays for all 2^n coalitions, permutation below 4n, leverage otherwise";

/**
 * The policy of `auto`. Below about 4n coalitions antithetic permutations have the smaller error, above it paired
 * regression has.
 */
export function chooseMethod(n: number, budget: number): MethodName {
  if (2 ** n <= budget) return "exact";
  return budget < 4 * n ? "permutation" : "leverage";
}
