import { ExplainError } from "../errors.js";
import type { RunOptions } from "../events.js";
import { bootstrapMean, type Interval } from "../math/bootstrap.js";
import { spearman } from "../math/ranks.js";
import { permutation, type Rng } from "../random.js";
import { float64At, int32At } from "../util/elements.js";
import { coalitionKeyer } from "./coalitions.js";
import { DROPS, eachMetric, METRICS, type Metric } from "./metrics.js";
import type { Coalition, Game } from "./types.js";

/** Shares of the players that comprehensiveness and sufficiency remove or keep (DeYoung et al. 2020, ERASER). */
const SHARES = [0.01, 0.05, 0.1, 0.2, 0.5];

/** Random coalitions, each player in or out by a coin, that a linear datamodeling score is made of. */
const HELD_OUT = 64;

/** How a ranking of the players, the most important first, and its values fare against the model. In payoff units, but for lds. */
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
 * Insertion and deletion curves (Petsiuk et al. 2018), comprehensiveness, sufficiency, top-k drops and the linear datamodeling score of an
 * explanation, beside those of leave-one-out and of random rankings, whose values are the explanation's, dealt out anew. Costs about 2n
 * coalitions a ranking, and 64.
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
  const drawn = options.rng.fork("held out");
  const heldOut = Array.from({ length: HELD_OUT }, () => keeping(n, () => drawn.float() < 0.5));
  await payoffOf([...without, ...heldOut, ...[own, ...random].flatMap((ranking) => stepsOf(ranking))]);
  const [empty, full] = (await payoffOf([keeping(n, () => false), keeping(n, () => true)])) as unknown as [number, number];
  const leftOut = await payoffOf(without);
  const worth = await payoffOf(heldOut);
  const scoreOf = async (ranking: Int32Array, assigned: Float64Array): Promise<RankingScore> => ({
    ...score(await payoffOf(stepsOf(ranking)), n),
    // Where one side is the same for all coalitions, it tells nothing of the other.
    lds:
      spearman(
        heldOut.map((coalition) => sumOver(coalition, assigned)),
        worth,
      ) ?? 0,
  });
  const explanation = await scoreOf(own, values);
  const drops = leftOut.map((payoff) => full - payoff);
  const leaveOneOut = await scoreOf(descending(drops), drops);
  const randoms = await Promise.all(random.map((ranking) => scoreOf(ranking, dealt(values, own, ranking))));
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

/** Players by value, the largest first. */
function descending(values: Float64Array): Int32Array {
  return Int32Array.from(values.keys()).sort((i, j) => float64At(values, j) - float64At(values, i));
}

/** The values in order of size, on the players in order of a ranking. */
function dealt(values: Float64Array, own: Int32Array, ranking: Int32Array): Float64Array {
  const assigned = new Float64Array(values.length);
  ranking.forEach((player, place) => {
    assigned[player] = float64At(values, int32At(own, place));
  });
  return assigned;
}

const sumOver = (coalition: Coalition, values: Float64Array): number =>
  values.reduce((sum, value, player) => sum + (coalition[player] === 1 ? value : 0), 0);

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

function score(payoffs: Float64Array, n: number): Omit<RankingScore, "lds"> {
  const insertionCurve = payoffs.subarray(0, n + 1);
  const deletionCurve = payoffs.subarray(n + 1);
  const full = float64At(insertionCurve, n);
  const loss = (curve: Float64Array): number =>
    SHARES.reduce((sum, share) => sum + full - float64At(curve, Math.ceil(share * n)), 0) / SHARES.length;
  const drop = (metric: keyof typeof DROPS): number => full - float64At(deletionCurve, Math.min(n, DROPS[metric]));
  return {
    drop_1: drop("drop_1"),
    drop_3: drop("drop_3"),
    drop_5: drop("drop_5"),
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
  for (let k = 1; k < curve.length; k++) sum += (float64At(curve, k - 1) + float64At(curve, k)) / 2;
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
        known.set(key, float64At(payoffs, i));
      });
    }
    return Float64Array.from(coalitions, (coalition) => known.get(keyOf(coalition)) as number);
  };
}
