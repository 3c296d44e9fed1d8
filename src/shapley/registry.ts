import type { Method, MethodOptions } from "../game/types.js";
import { EXACT_MAX_PLAYERS, exact } from "./exact.js";
import { kernel } from "./kernel.js";
import { leverage } from "./leverage.js";
import type { MethodName } from "./names.js";
import { permutation } from "./permutation.js";
import { regressionMinBudget } from "./regression.js";

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
  leverage: {
    create: leverage,
    minBudget: regressionMinBudget,
    maxPlayers: Number.POSITIVE_INFINITY,
    summary: "paired Leverage SHAP regression, without replacement: best from 4n coalitions on",
    citation: "Musco & Witter 2025, arXiv:2410.01917",
  },
  kernel: {
    create: kernel,
    minBudget: regressionMinBudget,
    maxPlayers: Number.POSITIVE_INFINITY,
    summary: "paired KernelSHAP regression, without replacement: the sampler under the name that users know",
    citation: "Lundberg & Lee 2017; Covert & Lee 2021",
  },
} as const satisfies Partial<Record<MethodName, MethodRow>>;
