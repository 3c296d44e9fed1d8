import type { RunOptions } from "../events.js";
import type { Rng } from "../random.js";

/** One byte a player, 1 = in. Never a bit-shifted number: n may be 1,000. */
export type Coalition = Uint8Array;

/** What Shapley code knows of the world: n players and a payoff for any coalition. */
export interface Game {
  readonly players: number;
  /**
   * Payoffs of the given coalitions, in order. A game whose payoff depends on other responses (TF-IDF) fits itself
   * on the first call and stays as it is: `play` puts everything it may into that call.
   */
  evaluate(coalitions: readonly Coalition[], run: RunOptions): Promise<Float64Array>;
  /** What the payoffs of evaluated coalitions are made up of; null where a payoff is one number and no more. */
  outputs?(): Outputs | null;
}

/** Payoffs of a game's outputs, such as the steps of an answer: of coalitions that were evaluated, at no further call. */
export interface Outputs {
  /** Outputs. */
  readonly count: number;
  /** Where each coalition's payoffs are found. @throws ExplainError for a coalition that was not evaluated. */
  slotsOf(coalitions: readonly Coalition[]): Int32Array;
  /** @param slot as `slotsOf` gave it. */
  payoff(slot: number, output: number): number;
}

/** A round of coalitions with whatever its estimator must remember of how they were drawn (order, pairs, strata, tree). */
export interface Round<D> {
  /** Repeats are allowed; `play` dedupes. ∅ and N need not be among them: `play` evaluates both. */
  readonly coalitions: readonly Coalition[];
  readonly design: D;
}

export interface Played<D> extends Payoffs {
  readonly rounds: readonly (Round<D> & { readonly payoffs: Float64Array })[];
}

/** Payoffs of all that was played. */
export interface Payoffs {
  /** v(∅) */
  readonly empty: number;
  /** v(N) */
  readonly full: number;
  /** In order of each round's coalitions. */
  readonly rounds: readonly { readonly payoffs: Float64Array }[];
}

/** Shapley values with what is known of their sampling error. */
export interface Estimate {
  /** φ, one a player, in payoff units. */
  readonly values: Float64Array;
  /** Standard errors of φ; null where the design gives none (the reason stands in `uncertainty`). All zero at full enumeration. */
  readonly stdErrors: Float64Array | null;
  /** Pointwise intervals `[low, high]` at `uncertainty.confidence`; null with `stdErrors`. */
  readonly intervals: readonly (readonly [low: number, high: number])[] | null;
  readonly uncertainty: {
    /** How the errors were found, e.g. "t over antithetic pairs", or "none". */
    readonly method: string;
    readonly confidence: number;
    /** Why there is no error, where there is none. */
    readonly reason: string | null;
    /** Values are posterior means: the exact ones scatter around them. Otherwise they scatter around the exact ones. @default false */
    readonly posterior?: boolean;
  };
  /** The estimator is known to be biased at this budget. */
  readonly biased: boolean;
}

/** Unions of players from coarse to fine: a leaf is a player's index, every player stands once. */
export type PlayerTree = number | { readonly name: string; readonly children: readonly PlayerTree[] };

/** Players that are played as one, or a single player. */
export interface PlayerUnion {
  /** What the union is called; null for a single player. */
  readonly name: string | null;
  /** Its players, ascending. */
  readonly players: readonly number[];
}

export interface MethodOptions {
  /** Two-sided confidence of the intervals, in (0, 1). */
  readonly confidence: number;
  /** For hierarchical methods; without it all players are on one level. */
  readonly tree?: PlayerTree | undefined;
  /** What every player says, "" where that is not known: a method may believe players who say the same to be worth alike. Without it no two are. */
  readonly texts?: readonly string[] | undefined;
}

/** A sampler and its estimator belong together. Samplers are synchronous generators: they know no model. */
export interface Method<D> {
  /** Later rounds depend on earlier payoffs. */
  readonly adaptive: boolean;
  /**
   * Draws rounds for n players. `budget` counts distinct coalitions, ∅ and N included.
   * `next(payoffs)` receives the last round's payoffs if the method is adaptive, an empty array otherwise.
   * @throws BudgetError where the budget is below the method's minimum.
   */
  sample(n: number, budget: number, rng: Rng): Generator<Round<D>, void, Float64Array>;
  /** May be called on any prefix of the rounds (stopping, traces). */
  estimate(played: Played<D>, n: number): Estimate;
  /** What depends on the design alone is found once for all outputs of a game. @default `estimate`, anew for every output */
  estimator?(played: Played<D>, n: number): Estimator;
}

/**
 * Estimates from other payoffs of the coalitions of one run. Where a method looks at payoffs to choose how it estimates, the run's own
 * have chosen, so that values are linear in payoffs: those of a sum are the sum of the values.
 */
export type Estimator = (payoffs: Payoffs) => Estimate;
