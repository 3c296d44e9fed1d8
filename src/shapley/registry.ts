import type { Method, MethodOptions } from "../game/types.js";
import { EXACT_MAX_PLAYERS, exact } from "./exact.js";
import type { MethodName } from "./names.js";
import { permutation } from "./permutation.js";

/** One method as the command line, the schema and the docs show it. */
export interface MethodRow {
  readonly create: (options: MethodOptions) => Method<unknown>;
  /** Fewest distinct coalitions, ∅ and N included, with which it can be played. */
  readonly minBudget: (players: number) => number;
  readonly maxPlayers: number;
  /** One line of help. */
  readonly summary: string;
  readonly citation: string;
}

/** Methods by name. */
export const METHODS = {
  exact: {
    create: exact,
    minBudget: (n) => 2 ** n,
    maxPlayers: EXACT_MAX_PLAYERS,
    summary: "all 2^n coalitions: exact Shapley values",
    citation: "Shapley 1953, A value for n-person games",
  },
  permutation: {
    create: permutation,
    minBudget: (n) => n + 1,
    maxPlayers: Number.POSITIVE_INFINITY,
    summary: "Monte Carlo over random orders and their reverses: unbiased, efficient, best below 4n coalitions",
    citation: "Castro, Gómez & Tejada 2009; Mitchell et al. 2022 (antithetic pairs)",
  },
} as const satisfies Partial<Record<MethodName, MethodRow>>;
