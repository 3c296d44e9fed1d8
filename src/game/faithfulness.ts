import { ExplainError } from "../errors.js";
import type { RunOptions } from "../events.js";
import { bootstrapMean, type Interval } from "../math/bootstrap.js";
import { permutation, type Rng } from "../random.js";
import { coalitionKeyer } from "./coalitions.js";
import type { Coalition, Game } from "./types.js";

/** Shares of the players that comprehensiveness and sufficiency remove or keep (DeYoung et al. 2020, ERASER). */
const SHARES = [0.01, 0.05, 0.1, 0.2, 0.5];

/**
 * Whether a larger figure speaks for a ranking (+1) or against it (−1). Insertion and deletion are areas under curves;
 * comprehensiveness = mean over shares q of v(N) − v(N without the first ⌈qn⌉), sufficiency = mean of v(N) − v(the first ⌈qn⌉).
 */
export const METRICS = { insertion: 1, deletion: -1, comprehensiveness: 1, sufficiency: -1 } as const;
export type Metric = keyof typeof METRICS;

/** How a ranking of the players, the most important first, fares against the model. All in payoff units. */
export interface RankingScore extends Readonly<Record<Metric, number>> {
  /** Payoff after the first k players were added to none, k = 0…n; `insertion` is the area under it over k/n. */
  readonly insertionCurve: Float64Array;
  /** Payoff after the first k players were taken from all; `deletion` is its area. */
  readonly deletionCurve: Float64Array;
}

export interface Faithfulness {
  readonly empty: number;
  readonly full: number;
  /** Ranked by value, the largest first; equal ones in the players' order. */
  readonly explanation: RankingScore;
  /** Ranked by v(N) − v(N without the player). */
  readonly leaveOneOut: RankingScore;
  /** Means over random rankings, and how many there were. */
  readonly random: Readonly<Record<Metric, number>> & { readonly rankings: number };
  /** How much better the explanation is, positive = better whatever the metric; over random rankings with a bootstrap interval. */
  readonly advantage: Readonly<Record<Metric, { readonly overLeaveOneOut: number; readonly overRandom: Interval }>>;
}

/** Random rankings that an explanation is compared with, unless another number is asked for. */
export const RANKINGS = 100;

export interface FaithfulnessOptions extends RunOptions {
  /** Random rankings to compare with, at least 2. */
  readonly rankings: number;
  /** Two-sided, of the bootstrap intervals. */
  readonly confidence: number;
  readonly rng: Rng;
}

/**
 * Insertion and deletion curves (Petsiuk et al. 2018), comprehensiveness and sufficiency of an explanation's ranking, beside those
 * of the leave-one-out ranking and of random ones. Costs about 2n coalitions a ranking.
 * @param values one a player of `game`.
 * @throws ExplainError where their numbers differ.
 */
export async function evaluateFaithfulness(game: Game, values: Float64Array, options: FaithfulnessOptions): Promise<Faithfulness> {
  const n = game.players;
  if (values.length !== n) throw new ExplainError(`${values.length} values cannot be evaluated against a game of ${n} players`);
  const payoffOf = payoffsOf(game, options);
  const own = descending(values);
  const random = Array.from({ length: options.rankings }, (_, i) => permutation(n, options.rng.fork(`ranking ${i}`)));
  const without = Array.from({ length: n }, (_, player) => keeping(n, (other) => other !== player));
  await payoffOf([...without, ...[own, ...random].flatMap((ranking) => stepsOf(ranking))]);
  const [empty, full] = (await payoffOf([keeping(n, () => false), keeping(n, () => true)])) as unknown as [number, number];
  const leftOut = await payoffOf(without);
  const scoreOf = async (ranking: Int32Array): Promise<RankingScore> => score(await payoffOf(stepsOf(ranking)), n);
  const explanation = await scoreOf(own);
  const leaveOneOut = await scoreOf(descending(leftOut.map((payoff) => full - payoff)));
  const randoms = await Promise.all(random.map(scoreOf));
  const mean = (metric: Metric): number => randoms.reduce((sum, one) => sum + one[metric], 0) / randoms.length;
  const advantageIn = (metric: Metric) => ({
    overLeaveOneOut: METRICS[metric] * (explanation[metric] - leaveOneOut[metric]),
    overRandom: bootstrapMean(
      randoms.map((one) => METRICS[metric] * (explanation[metric] - one[metric])),
      options.confidence,
      options.rng.fork(`bootstrap ${metric}`),
    ),
  });
  return {
    empty,
    full,
    explanation,
    leaveOneOut,
    random: { ...eachMetric(mean), rankings: randoms.length },
    advantage: eachMetric(advantageIn),
  };
}

function eachMetric<T>(of: (metric: Metric) => T): Readonly<Record<Metric, T>> {
  return {
    insertion: of("insertion"),
    deletion: of("deletion"),
    comprehensiveness: of("comprehensiveness"),
    sufficiency: of("sufficiency"),
  };
}

/** Players by value, the largest first. */
function descending(values: Float64Array): Int32Array {
  return Int32Array.from(values.keys()).sort((i, j) => (values[j] as number) - (values[i] as number));
}

const keeping = (n: number, keep: (player: number) => boolean): Coalition =>
  Uint8Array.from({ length: n }, (_, player) => (keep(player) ? 1 : 0));

/** 2n + 2 coalitions: the first k players alone for k = 0…n, then all but the first k for k = 0…n. */
function stepsOf(ranking: Int32Array): readonly Coalition[] {
  const n = ranking.length;
  const first: Coalition[] = [new Uint8Array(n)];
  for (const player of ranking) {
    const next = Uint8Array.from(first.at(-1) as Coalition);
    next[player] = 1;
    first.push(next);
  }
  return [...first, ...first.map((coalition) => coalition.map((member) => 1 - member))];
}

function score(payoffs: Float64Array, n: number): RankingScore {
  const insertionCurve = payoffs.subarray(0, n + 1);
  const deletionCurve = payoffs.subarray(n + 1);
  const full = insertionCurve[n] as number;
  const loss = (curve: Float64Array): number =>
    SHARES.reduce((sum, share) => sum + full - (curve[Math.ceil(share * n)] as number), 0) / SHARES.length;
  return {
    insertion: area(insertionCurve),
    deletion: area(deletionCurve),
    comprehensiveness: loss(deletionCurve),
    sufficiency: loss(insertionCurve),
    insertionCurve,
    deletionCurve,
  };
}

/** Trapezoids over k/n. */
function area(curve: Float64Array): number {
  let sum = 0;
  for (let k = 1; k < curve.length; k++) sum += ((curve[k - 1] as number) + (curve[k] as number)) / 2;
  return sum / (curve.length - 1);
}

/** Payoffs with each different coalition asked for once, whatever is asked together in one call of the game. */
function payoffsOf(game: Game, run: RunOptions): (coalitions: readonly Coalition[]) => Promise<Float64Array> {
  const keyOf = coalitionKeyer(game.players);
  const known = new Map<string, number>();
  return async (coalitions) => {
    const fresh = new Map<string, Coalition>();
    for (const coalition of coalitions) {
      const key = keyOf(coalition);
      if (!known.has(key)) fresh.set(key, coalition);
    }
    if (fresh.size > 0) {
      const payoffs = await game.evaluate([...fresh.values()], run);
      [...fresh.keys()].forEach((key, i) => {
        known.set(key, payoffs[i] as number);
      });
    }
    return Float64Array.from(coalitions, (coalition) => known.get(keyOf(coalition)) as number);
  };
}
