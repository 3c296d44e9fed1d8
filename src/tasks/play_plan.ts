import { SpecError } from "../errors.js";
import { type Outcome, play } from "../game/play.js";
import { playRefined } from "../game/refine.js";
import { stopOf } from "../game/stop.js";
import type { Game } from "../game/types.js";
import { mergePlayers } from "../players/merge.js";
import { playerTree } from "../players/tree.js";
import type { Player } from "../players/types.js";
import { createRng } from "../random.js";
import { coalitionsOf } from "../shapley/budget.js";
import { type Interactions, pairInteractions, requireInteractions } from "../shapley/interactions.js";
import { type MethodPlan, planMethod, resolveSampler } from "../shapley/plan.js";
import { methods } from "../shapley/registry.js";
import type { ExplainRequest } from "../spec/request.js";
import type { OpenRun } from "./open_run.js";

/**
 * The method that a request's players are explained by.
 * @throws BudgetError where the sampler cannot be played with this budget, SpecError where it cannot do what is asked.
 */
export function planOf({ request: { spec, given }, chat, players }: Pick<OpenRun, "request" | "chat" | "players">): MethodPlan {
  const { explain } = spec;
  const { sampler, confidence } = explain;
  const budget = coalitionsOf(explain.budget, players.length);
  const { needsTree } = resolveSampler(sampler, players.length, budget);
  if (explain.top !== null && !needsTree) {
    const hierarchical = methods.filter((method) => method.needsTree).map(({ name }) => name);
    throw new SpecError(`explain.top refines the unions of sampler ${hierarchical.join(" or ")}, not of ${sampler}`);
  }
  const tree = needsTree ? playerTree(chat, players, explain.players.segment_seconds) : undefined;
  const plan = planMethod({
    sampler,
    players: players.length,
    budget,
    budgetGiven: given.has("explain.budget"),
    options: { confidence, tree },
  });
  if (explain.interactions) requireInteractions(plan, players.length);
  return plan;
}

export interface PlayedPlan {
  readonly outcome: Outcome;
  /** What the outcome has values for: the conversation's players, or unions of them where only the heaviest were refined. */
  readonly players: readonly Player[];
  /** null where they were not asked for. */
  readonly interactions: Interactions | null;
}

/** Plays a plan as the spec says: at once, or from the top with the heaviest unions refined; then looks at pairs. */
export async function playPlan(
  game: Game,
  plan: MethodPlan,
  {
    request,
    chat,
    players,
    options: run,
  }: Pick<OpenRun, "chat" | "players" | "options"> & { readonly request: Pick<ExplainRequest, "spec"> },
): Promise<PlayedPlan> {
  const { explain } = request.spec;
  const options = {
    ...run,
    budget: plan.budget,
    rng: createRng(explain.seed).fork("sampler"),
    stop: stopOf(explain.tolerance),
    trace: explain.trace,
  };
  if (explain.top === null) {
    const outcome = await play(game, plan.method, options);
    const interactions = explain.interactions ? pairInteractions(plan, outcome.played, outcome.estimate.values, players.length) : null;
    return { outcome, players, interactions };
  }
  const tree = playerTree(chat, players, explain.players.segment_seconds);
  const { unions, outcome, coarse } = await playRefined(game, tree, {
    ...options,
    top: explain.top,
    methodFor: (unions) => plan.definition.create({ confidence: explain.confidence, tree: unions }),
  });
  const whole = unions.filter(({ name }) => name !== null);
  if (whole.length > 0) {
    const names = whole.map(({ name, players: inside }) => `${name} (${inside.length} players)`).join(", ");
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
