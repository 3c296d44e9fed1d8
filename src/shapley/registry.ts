import type { Method, MethodOptions } from "../game/types.js";
import { complementary } from "./complementary.js";
import { EXACT_MAX_PLAYERS, exact } from "./exact.js";
import { kernel } from "./kernel.js";
import { leverage } from "./leverage.js";
import { mllmShapMc, mllmShapMcMinBudget } from "./mllm_shap_mc.js";
import type { MethodName } from "./names.js";
import { neyman } from "./neyman.js";
import { owen } from "./owen.js";
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
    summary: "paired Leverage SHAP regression, without replacement: best from 4n coalitions on for many players",
    citation: "Musco & Witter 2025, arXiv:2410.01917",
  },
  kernel: {
    create: kernel,
    minBudget: regressionMinBudget,
    maxPlayers: Number.POSITIVE_INFINITY,
    summary: "paired KernelSHAP regression, without replacement: best from 4n coalitions on for up to 16 players",
    citation: "Lundberg & Lee 2017; Covert & Lee 2021",
  },
  complementary: {
    create: complementary,
    minBudget: (n) => n + 1,
    maxPlayers: Number.POSITIVE_INFINITY,
    summary: "complementary contributions by player and size; biased where the budget leaves strata out",
    citation: "Zhang et al. 2023, Efficient sampling approaches to Shapley value approximation",
  },
  neyman: {
    create: neyman,
    minBudget: (n) => n + 1,
    maxPlayers: Number.POSITIVE_INFINITY,
    summary: "complementary contributions in two stages, the second where payoffs varied most",
    citation: "Zhang et al. 2023, §5",
  },
  owen: {
    create: owen,
    minBudget: (n) => n + 1,
    maxPlayers: Number.POSITIVE_INFINITY,
    summary: "hierarchical: tokens within words within sentences within turns (Owen's value)",
    citation: "Owen 1977; Winter 1989",
  },
  "mllm-shap-mc": {
    create: mllmShapMc,
    minBudget: mllmShapMcMinBudget,
    maxPlayers: Number.POSITIVE_INFINITY,
    summary: "legacy: difference of two means as published by mllm-shap and TokenSHAP; estimates Banzhaf-like, not Shapley values",
    citation: "Horovicz & Goldshmidt 2024, TokenSHAP",
  },
} as const satisfies Record<MethodName, MethodRow>;
