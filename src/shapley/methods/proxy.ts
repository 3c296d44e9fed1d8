import type { Estimator, Played } from "../../game/types.js";
import { float64At } from "../../util/elements.js";
import { defineMethod } from "../method.js";
import { fitPairs, type PairFit, pairFitter } from "../pair_fit.js";
import { type PairedDesign, samplePairs } from "../paired_sample.js";
import { PAIRED_REGRESSION, regressionEstimator } from "../regression.js";
import { jackknifeOfFits } from "../regression_errors.js";
import { sizeClasses } from "../size_classes.js";
import { spacedPlan } from "../spaced_pairs.js";
import { BELIEVED, believed, shareMissing, shownDoubt, weightOf, widened } from "../surrogate/beliefs.js";
import { type GamePart, thinned } from "../surrogate/game_part.js";
import { type Likeness, likenessOf } from "../surrogate/likeness.js";
import { oddPart } from "../surrogate/odd_part.js";
import { posteriors } from "../surrogate/posterior.js";
import { residualGames } from "../surrogate/residuals.js";
import { fitSurrogate, type Seen, type Surrogate, seenAtMost, seenOf } from "../surrogate/surrogate.js";
import { tErrors } from "../uncertainty.js";

/** KernelSHAP's share of sizes. */
const PLAN = spacedPlan((size, n) => 1 / (size * (n - size)));

const CORRECTED = "posterior of the surrogate and jackknife over further pairs";

/**
 * A surrogate of the game, a Gaussian process with a relevance for every player, is fitted to the coalitions that were played; its
 * Shapley values are had in closed form. How smooth, how additive and how sparse the surrogate is, is chosen by what explains the
 * payoffs best; players who say the same are believed to be alike, as far as that explains payoffs. Coalitions have the sizes of KernelSHAP's,
 * in pairs without replacement that are far from each other.
 *
 * Gaussian processes: Rasmussen & Williams (2006), Gaussian processes for machine learning. Their Shapley values: Chau, Muandet &
 * Sejdinovic (2023), Explaining the uncertain, arXiv:2305.15167. shapiq's ProxySHAP does the like with boosted trees.
 */
export const proxy = defineMethod({
  ...PAIRED_REGRESSION,
  name: "proxy",
  summary: "exact values of a surrogate fitted to what was played (a Gaussian process): best at nearly every budget",
  citation: "Rasmussen & Williams 2006; Chau, Muandet & Sejdinovic 2023, arXiv:2305.15167",
  linear: false,
  // A posterior needs no pairs that span all directions: ∅, N and one pair.
  minBudget: (n) => Math.min(4, 2 ** n),
  errors: BELIEVED,
  create: ({ confidence, texts = [] }) => {
    const estimator = (played: Played<PairedDesign>, n: number) => proxyEstimator(played, n, { confidence, likeness: likenessOf(texts) });
    return {
      sample: (n, budget, rng) => samplePairs(n, budget, PLAN, rng),
      estimate: (played, n) => estimator(played, n)(played),
      estimator,
    };
  },
});

/** What a surrogate that could not see all pairs is corrected with. */
interface Correction {
  readonly surrogate: Surrogate;
  readonly played: Played<PairedDesign>;
  readonly part: GamePart;
  readonly confidence: number;
}

interface Asked {
  readonly confidence: number;
  readonly likeness: Likeness | null;
}

/** The kernel is that of the payoffs that were played: given it, values are linear in payoffs. */
function proxyEstimator(played: Played<PairedDesign>, n: number, { confidence, likeness }: Asked): Estimator {
  const part = oddPart(played, n);
  // Where nothing is left to guess, or the payoffs are additive, a surrogate has nothing to add to the regression.
  const done = playedAll(played, n) || isExact(fitPairs(played, n), part);
  const surrogate = done ? null : fitSurrogate(thinned(part, seenAtMost(n)), likeness);
  if (surrogate === null) return regressionEstimator(played, n, confidence);
  // Of more pairs than it can see, the rest correct it.
  return part.count > surrogate.seen.count ? corrected({ surrogate, played, part, confidence }) : believed(surrogate, confidence);
}

const playedAll = ({ rounds }: Played<PairedDesign>, n: number): boolean =>
  rounds.reduce((rows, { coalitions }) => rows + coalitions.length, 0) / 2 >= sizeClasses(n).reduce((all, { pairs }) => all + pairs, 0);

/** The regression explains all pairs, down to rounding, which says something only of more pairs than it has directions. */
const isExact = ({ residuals, pairs }: PairFit, { targets, players }: GamePart): boolean =>
  pairs.length >= players && largest(residuals) <= 1e-10 * largest(targets);

const largest = (values: Float64Array): number => values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);

/**
 * The surrogate's values and, beside them, a regression of what it does not know of pairs that it did not see. That correction is unbiased, but of few further
 * pairs more noise than correction: each player's is weighed by how far off the surrogate thinks itself, alike for all payoffs of the same pairs.
 */
function corrected({ surrogate, played, part, confidence }: Correction): Estimator {
  const n = part.players;
  const beliefs = posteriors({ ...surrogate, kernel: { ...surrogate.kernel, rough: 0 } });
  const rest = residualGames(part, surrogate);
  const fitter = pairFitter(played, n);
  const seenFirst = seenOf(surrogate, played);
  const first = fitter(rest(played, seenFirst).heldOut);
  const jackknife = jackknifeOfFits(first, n);
  if (jackknife === null || "reason" in jackknife) return believed(surrogate, confidence);
  const withRoughness = posteriors(surrogate);
  const doubts = (seen: Seen, correction: Float64Array, noise: Float64Array): Float64Array => {
    const shown = shownDoubt(correction, noise);
    return widened({ ...surrogate, ...seen }, withRoughness(seen).deviations).errors.map((doubt) => Math.max(doubt, shown));
  };
  const noise = jackknife.errors(first.residuals);
  const weights = doubts(seenFirst, first.values, noise).map((doubt, i) => weightOf(doubt, float64At(noise, i)));
  return (payoffs) => {
    const seen = seenOf(surrogate, payoffs);
    const { values } = beliefs(seen);
    const { missed, heldOut } = rest(payoffs, seen);
    const fit = fitter(missed);
    const adjusted = shareMissing(
      values.map((value, i) => value + float64At(weights, i) * float64At(fit.values, i)),
      payoffs.full - payoffs.empty,
    );
    const noise = jackknife.errors(fitter(heldOut).residuals);
    const own = doubts(seen, fit.values, noise);
    const errors = weights.map((weight, i) => Math.hypot((1 - weight) * float64At(own, i), weight * float64At(noise, i)));
    const { uncertainty, ...known } = tErrors(adjusted, errors, jackknife.degrees, CORRECTED, confidence);
    return { values: adjusted, ...known, uncertainty: { ...uncertainty, posterior: true }, biased: false };
  };
}
