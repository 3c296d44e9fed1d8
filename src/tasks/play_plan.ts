import { BudgetError, SpecError } from "../errors.js";
import type { Span } from "../game/outputs.js";
import { type Outcome, play } from "../game/play.js";
import { playRefined } from "../game/refine.js";
import { stopOf } from "../game/stop.js";
import type { Game } from "../game/types.js";
import { mergePlayers } from "../players/merge.js";
import type { Player } from "../players/types.js";
import { createRng } from "../random.js";
import { coalitionsOf } from "../shapley/budget.js";
import { type Interactions, pairInteractions, requireInteractions } from "../shapley/interactions.js";
import { type MethodPlan, planMethod, resolveSampler } from "../shapley/plan.js";
import { methods } from "../shapley/registry.js";
import type { ExplainRequest } from "../spec/request.js";
import { gibibytes } from "../util/sizes.js";
import type { OpenRun } from "./open_run.js";

/** Players to explain, and how that is asked for. */
export interface Planned extends Pick<OpenRun, "players" | "tree"> {
  readonly request: Pick<ExplainRequest, "spec" | "given">;
}

/**
 * The method that a request's players are explained by.
 * @throws BudgetError where the sampler cannot be played with this budget, SpecError where it cannot do what is asked.
 */
export function planOf({ request: { spec, given }, players, tree: treeOf }: Planned): MethodPlan {
  const { explain } = spec;
  const { sampler, confidence } = explain;
  const budget = coalitionsOf(explain.budget, players.length);
  const { needsTree } = resolveSampler(sampler, players.length, budget);
  if (explain.top !== null && !needsTree) {
    const hierarchical = methods.filter((method) => method.needsTree).map(({ name }) => name);
    throw new SpecError(`explain.top refines the unions of sampler ${hierarchical.join(" or ")}, not of ${sampler}`);
  }
  const tree = needsTree ? treeOf() : undefined;
  const plan = planMethod({
    sampler,
    players: players.length,
    budget,
    budgetGiven: given.has("explain.budget"),
    options: { confidence, tree, texts: players.map(({ text }) => text) },
  });
  if (explain.interactions) requireInteractions(plan, players.length);
  requireRoom(plan, players.length, spec.run.memory);
  return plan;
}

/**
 * Bytes of a coalition beside its players: its array, keys, scores and their places in tables. Measured as the growth of a process's memory
 * between 2,048 and 65,536 coalitions of sixteen words, an answer of six tokens.
 */
const COALITION_BYTES = 2_400;

/** Coalitions are held until their payoffs are known. @throws BudgetError with what they take and what there is. */
function requireRoom({ budget }: MethodPlan, players: number, memory: number): void {
  const each = COALITION_BYTES + 1.25 * players;
  const coalitions = Math.min(budget, 2 ** players);
  if (coalitions * each <= memory) return;
  throw new BudgetError(
    `${coalitions} coalitions of ${players} players take about ${gibibytes(coalitions * each)}, and run.memory is ${gibibytes(memory)}: ` +
      `a budget of ${Math.floor(memory / each)} fits`,
  );
}

export interface PlayedPlan {
  readonly outcome: Outcome;
  /** What the outcome has values for: the conversation's players, or unions of them where only the heaviest were refined. */
  readonly players: readonly Player[];
  /** null where they were not asked for. */
  readonly interactions: Interactions | null;
}

/**
 * Plays a plan as the spec says: at once, or from the top with the heaviest unions refined; then looks at pairs.
 * @param spans of the game's outputs, which values are estimated for too.
 */
export async function playPlan(
  game: Game,
  plan: MethodPlan,
  { request, players, tree: treeOf, options: run }: Planned & Pick<OpenRun, "options">,
  spans: readonly Span[] = [],
): Promise<PlayedPlan> {
  const { explain } = request.spec;
  const options = {
    ...run,
    budget: plan.budget,
    rng: createRng(explain.seed).fork("sampler"),
    stop: stopOf(explain.tolerance),
    trace: explain.trace,
    spans: spans.length === 0 ? undefined : spans,
  };
  if (explain.top === null) {
    const outcome = await play(game, plan.method, options);
    const interactions = explain.interactions
      ? pairInteractions(plan, outcome.played, outcome.estimate.values, players.length, explain.confidence)
      : null;
    return { outcome, players, interactions };
  }
  const tree = treeOf();
  const { unions, outcome, coarse } = await playRefined(game, tree, {
    ...options,
    top: explain.top,
    methodFor: (unions) => plan.definition.create({ confidence: explain.confidence, tree: unions }),
  });
  const whole = unions.filter(({ name }) => name !== null);
  if (whole.length > 0) {
    const names = whole.map(({ name, players: inside }) => `${JSON.stringify(name)} (${inside.length} players)`).join(", ");
    run.onEvent?.({ kind: "warning", message: `left whole, as lighter than the ${explain.top} that were refined: ${names}` });
  }
  const { coalitions, distinct, rounds } = coarse.outcome.spent;
  const spent = {
    coalitions: outcome.spent.coalitions + coalitions,
    distinct: outcome.spent.distinct + distinct,
    rounds: outcome.spent.rounds + rounds,
  };
  return { outcome: { ...outcome, spent }, players: mergePlayers(players, unions), interactions: null };
}
