import { BudgetError, SpecError } from "../errors.js";
import type { Method, MethodOptions } from "../game/types.js";
import { AUTO } from "./auto.js";
import { type MethodDefinition, requireBudget } from "./method.js";
import { type MethodName, methods, SAMPLER_NAMES, type SamplerName } from "./registry.js";

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
  readonly definition: MethodDefinition<MethodName>;
  readonly method: Method<unknown>;
  /** The budget to play with. */
  readonly budget: number;
  /** All 2^n coalitions are played: no sampling error. */
  readonly enumerates: boolean;
}

/**
 * Turns a sampler's name into the method and the budget to play. Where 2^n coalitions fit into the budget, Shapley values are
 * enumerated whatever method was asked for.
 * @throws BudgetError naming the minimum, or for enumeration the count and what to use instead.
 */
export function planMethod(request: MethodRequest): MethodPlan {
  const { players, budget, options } = request;
  const definition = resolveSampler(request.sampler, players, budget);
  if (definition.enumerates) return planEnumeration(definition, request);
  if (definition.estimand === "shapley" && 2 ** players <= budget) {
    return { definition, method: enumerator.create(options), budget, enumerates: true };
  }
  requireBudget(definition, players, budget, cheaperThan(definition, players, budget));
  return { definition, method: definition.create(options), budget, enumerates: false };
}

/** The method behind `auto`, a name or an alias. */
export function resolveSampler(sampler: SamplerName, players: number, budget: number): MethodDefinition<MethodName> {
  if (sampler === AUTO.name) return AUTO.choose(players, budget);
  const found = methods.find(({ name, aliases }) => name === sampler || (aliases as readonly string[]).includes(sampler));
  if (found === undefined) throw new SpecError(`there is no sampler ${JSON.stringify(sampler)}: valid are ${SAMPLER_NAMES.join(", ")}`);
  return found;
}

const enumerator = methods.find(({ enumerates }) => enumerates) as MethodDefinition<MethodName>;

/** Another method of the same values that the budget pays for. */
function cheaperThan({ estimand }: MethodDefinition, players: number, budget: number): string {
  const other = methods.find((method) => method.estimand === estimand && method.minBudget(players) <= budget);
  return other === undefined ? "" : ` (${other.name} works from ${other.minBudget(players)})`;
}

function planEnumeration(
  definition: MethodDefinition<MethodName>,
  { players, budget, budgetGiven, options, secondsPerCoalition }: MethodRequest,
): MethodPlan {
  const needed = definition.minBudget(players);
  const tooMany = players > definition.maxPlayers;
  if (!tooMany && (needed <= budget || !budgetGiven)) {
    return { definition, method: definition.create(options), budget: Math.max(budget, needed), enumerates: true };
  }
  const limit = tooMany ? `the limit is ${definition.maxPlayers} players` : `the budget is ${budget}`;
  const time = secondsPerCoalition === undefined ? "" : ` (about ${formatSeconds(needed * secondsPerCoalition)})`;
  throw new BudgetError(
    `${definition.name} needs all 2^${players} = ${formatCount(needed)} coalitions${time}; ${limit}: use sampler auto, or fewer players (words, sentences, groups)`,
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
