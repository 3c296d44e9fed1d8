import { BudgetError } from "../errors.js";
import type { Method, MethodOptions } from "../game/types.js";
import { chooseMethod } from "./auto.js";
import { exact } from "./exact.js";
import { METHOD_ALIASES, type MethodName, type SamplerName } from "./names.js";
import { METHODS, type MethodRow } from "./registry.js";

export interface MethodRequest {
  readonly sampler: SamplerName;
  /** n ≥ 1 */
  readonly players: number;
  /** Distinct coalitions, ∅ and N included. */
  readonly budget: number;
  /** The user gave the budget: `exact` obeys it then, and ignores a default. */
  readonly budgetGiven: boolean;
  readonly options: MethodOptions;
  /** Predicted cost of one coalition, for the message that refuses too large an enumeration. */
  readonly secondsPerCoalition?: number | undefined;
}

export interface MethodPlan {
  /** What `auto` or an alias came to. */
  readonly name: MethodName;
  readonly method: Method<unknown>;
  /** The budget to play with. */
  readonly budget: number;
  /** All 2^n coalitions are played: no sampling error. */
  readonly enumerates: boolean;
}

/**
 * Turns a sampler's name into the method and the budget to play. Where 2^n coalitions fit into the budget every method
 * enumerates, except the legacy one, whose estimand is another.
 * @throws BudgetError naming the minimum, or for `exact` the count and what to use instead.
 */
export function planMethod(request: MethodRequest): MethodPlan {
  const { players, budget, options } = request;
  const name = resolveSampler(request.sampler, players, budget);
  if (name === "exact") return planExact(request);
  if (name !== "mllm-shap-mc" && name !== "owen" && 2 ** players <= budget) {
    return { name, method: exact(options), budget, enumerates: true };
  }
  const row: MethodRow = METHODS[name];
  const minimum = row.minBudget(players);
  if (budget < minimum) {
    throw new BudgetError(
      `${name} needs a budget of at least ${minimum} coalitions for ${players} players; the budget is ${budget}` +
        (name !== "permutation" && budget > players ? " (permutation works from n + 1)" : ""),
    );
  }
  return { name, method: row.create(options), budget, enumerates: false };
}

/** The method behind `auto` or an alias. */
export function resolveSampler(sampler: SamplerName, players: number, budget: number): MethodName {
  if (sampler === "auto") return chooseMethod(players, budget);
  return sampler in METHOD_ALIASES ? METHOD_ALIASES[sampler as keyof typeof METHOD_ALIASES] : (sampler as MethodName);
}

function planExact({ players, budget, budgetGiven, options, secondsPerCoalition }: MethodRequest): MethodPlan {
  const needed = 2 ** players;
  const tooMany = players > METHODS.exact.maxPlayers;
  if (!tooMany && (needed <= budget || !budgetGiven)) {
    return { name: "exact", method: exact(options), budget: Math.max(budget, needed), enumerates: true };
  }
  const limit = tooMany ? `the limit is ${METHODS.exact.maxPlayers} players` : `the budget is ${budget}`;
  const time = secondsPerCoalition === undefined ? "" : ` (about ${formatSeconds(needed * secondsPerCoalition)})`;
  throw new BudgetError(
    `exact needs all 2^${players} = ${formatCount(needed)} coalitions${time}; ${limit}: use sampler auto, or fewer players (words, sentences, groups)`,
  );
}

function formatCount(count: number): string {
  return count <= Number.MAX_SAFE_INTEGER ? count.toLocaleString("en-US") : count.toExponential(1);
}

function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  if (seconds < 7_200) return `${Math.ceil(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.ceil(seconds / 3_600)} h`;
  return `${formatCount(Math.ceil(seconds / 86_400))} days`;
}
