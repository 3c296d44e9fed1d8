import { ExplainError } from "../errors.js";
import type { RunOptions } from "../events.js";
import type { Rng } from "../random.js";
import { createYielder } from "../util/yielder.js";
import { createLedger } from "./ledger.js";
import { estimateSpans, estimatorOf, type Span, type SpanEstimate } from "./outputs.js";
import { reachedTolerance, type Stop } from "./stop.js";
import type { Estimate, Game, Method, Played, Round } from "./types.js";

export interface PlayOptions extends RunOptions {
  /** Distinct coalitions that may be asked for, ∅ and N included. */
  readonly budget: number;
  readonly rng: Rng;
  /** Stop at the first round end where every interval is narrow enough. The intervals' confidence is the method's. */
  readonly stop?: Stop | undefined;
  /** Keep the estimate after every round (`Outcome.trace`). */
  readonly trace?: boolean | undefined;
  /** Spans of the game's outputs to estimate values for (`Outcome.spans`). */
  readonly spans?: readonly Span[] | undefined;
}

export interface Spent {
  /** Coalitions asked for: ∅, N and repeats included. */
  readonly coalitions: number;
  /** Distinct ones among them: what the budget counts. */
  readonly distinct: number;
  readonly rounds: number;
}

export interface TracePoint {
  /** Distinct coalitions asked for so far. */
  readonly distinct: number;
  readonly estimate: Estimate;
}

export interface Outcome {
  readonly estimate: Estimate;
  readonly spent: Spent;
  /** `enumeration`: every coalition there is was played. */
  readonly stoppedBy: "budget" | "tolerance" | "enumeration";
  /** One point a round, in order; null unless asked for. */
  readonly trace: readonly TracePoint[] | null;
  /** Of every span that was asked for, in order; null where none were, or the game's payoff is one number and no more. */
  readonly spans: readonly SpanEstimate[] | null;
  /** All that was played, v(∅) and v(N) with it, for whoever estimates more from it (interactions). */
  readonly played: Played<unknown>;
}

interface Run<D> {
  readonly played: Played<D>;
  /** Distinct coalitions at the end of each round. */
  readonly distinct: readonly number[];
  readonly reached: boolean;
}

const NOTHING = new Float64Array(0);

/**
 * Plays a method against a game: the only loop between the two.
 *
 * A method that does not look at payoffs is drained first and evaluated in ONE call of the game, ∅ and N included, so that a
 * payoff fitted on the first call (TF-IDF) is fitted on everything. An adaptive method, or any with a tolerance, goes round by
 * round; its first call holds ∅, N and the first round. Methods end their rounds where stopping is valid.
 * @throws ExplainError naming the coalition whose payoff is not finite.
 * @throws BudgetError from the method, before anything is evaluated, where the budget is too small for it.
 */
export async function play<D>(game: Game, method: Method<D>, options: PlayOptions): Promise<Outcome> {
  if (game.players < 1) throw new ExplainError("the game has no players: there is nothing to explain");
  const byRound = method.adaptive || options.stop !== undefined;
  const { played, distinct, reached } = await (byRound ? playByRound : playAtOnce)(game, method, options);
  const outputs = options.spans === undefined ? null : (game.outputs?.() ?? null);
  const estimator = outputs === null ? null : estimatorOf(method, played, game.players);
  const estimate = estimator === null ? method.estimate(played, game.players) : estimator(played);
  if (options.stop !== undefined && !reached) {
    const why = estimate.uncertainty.reason === null ? "" : `: ${estimate.uncertainty.reason}`;
    options.onEvent?.({ kind: "warning", message: `the tolerance was not reached within the budget${why}` });
  }
  const asked = played.rounds.reduce((sum, round) => sum + round.coalitions.length, 2);
  return {
    estimate,
    spent: { coalitions: asked, distinct: distinct.at(-1) ?? 2, rounds: played.rounds.length },
    stoppedBy: stoppedBy(reached, distinct.at(-1) ?? 2, game.players),
    trace: options.trace === true ? traceOf(method, played, distinct, game.players) : null,
    spans: outputs && estimator && (await estimateSpans(outputs, options.spans ?? [], estimator, played, game.players, options.signal)),
    played,
  };
}

function stoppedBy(reached: boolean, distinct: number, players: number): Outcome["stoppedBy"] {
  if (distinct >= 2 ** players) return "enumeration";
  return reached ? "tolerance" : "budget";
}

async function playAtOnce<D>(game: Game, method: Method<D>, options: PlayOptions): Promise<Run<D>> {
  const drawn = await drain(method.sample(game.players, options.budget, options.rng), options.signal);
  const ledger = createLedger(game, options.budget, null, options);
  const settled = await ledger.evaluate(drawn.map((round) => round.coalitions));
  const rounds = drawn.map((round, at) => ({ ...round, payoffs: settled[at]?.payoffs ?? NOTHING }));
  return { played: { ...(await ledger.ends()), rounds }, distinct: settled.map((round) => round.distinct), reached: false };
}

async function playByRound<D>(game: Game, method: Method<D>, options: PlayOptions): Promise<Run<D>> {
  const sampler = method.sample(game.players, options.budget, options.rng);
  const ledger = createLedger(game, options.budget, options.budget, options);
  const rounds: Played<D>["rounds"][number][] = [];
  const distinct: number[] = [];
  for (let step = sampler.next(NOTHING); step.done !== true; ) {
    const [settled] = await ledger.evaluate([step.value.coalitions]);
    const payoffs = settled?.payoffs ?? NOTHING;
    rounds.push({ ...step.value, payoffs });
    distinct.push(settled?.distinct ?? 2);
    const ends = await ledger.ends();
    if (options.stop !== undefined && reachedTolerance(method.estimate({ ...ends, rounds }, game.players), options.stop, ends)) {
      return { played: { ...ends, rounds }, distinct, reached: true };
    }
    step = sampler.next(method.adaptive ? payoffs : NOTHING);
  }
  return { played: { ...(await ledger.ends()), rounds }, distinct, reached: false };
}

async function drain<D>(sampler: Generator<Round<D>, void, Float64Array>, signal: AbortSignal | undefined): Promise<readonly Round<D>[]> {
  const rounds: Round<D>[] = [];
  // Large budgets take seconds to draw.
  const yieldNow = createYielder(signal);
  for (let step = sampler.next(NOTHING); step.done !== true; step = sampler.next(NOTHING)) {
    rounds.push(step.value);
    await yieldNow();
  }
  return rounds;
}

function traceOf<D>(method: Method<D>, played: Played<D>, distinct: readonly number[], n: number): readonly TracePoint[] {
  return distinct.map((seen, at) => ({
    distinct: seen,
    estimate: method.estimate({ ...played, rounds: played.rounds.slice(0, at + 1) }, n),
  }));
}
