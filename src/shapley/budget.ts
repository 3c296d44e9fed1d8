/** Distinct coalitions, or how many of them a player: 1024, or `10n`. */
export type Budget = number | string;

export const BUDGET_A_PLAYER = /^\d+(\.\d+)?n$/;

/** The largest budget that anybody may ask for. */
export const LARGEST_BUDGET = 10_000_000;

/** Distinct coalitions that a budget pays for among n players; at least ∅ and N. */
export function coalitionsOf(budget: Budget, players: number): number {
  if (typeof budget === "number") return budget;
  return Math.min(LARGEST_BUDGET, Math.max(2, Math.round(Number.parseFloat(budget) * players)));
}
