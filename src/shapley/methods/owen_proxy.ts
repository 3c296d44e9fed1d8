import { checkedTree, drawContiguousOrder, flatTree } from "../../game/tree.js";
import type { Estimator, Payoffs, Played, PlayerTree, Round } from "../../game/types.js";
import type { Rng } from "../../random.js";
import { defineMethod } from "../method.js";
import { exactOwen, owenCoalitionCount, planOwen } from "../owen_exact.js";
import { withComplements } from "../paired_sample.js";
import { BELIEVED, believed } from "../surrogate/beliefs.js";
import { type Likeness, likenessOf } from "../surrogate/likeness.js";
import { oddPart } from "../surrogate/odd_part.js";
import { fitSurrogate } from "../surrogate/surrogate.js";
import { unionValuation } from "../surrogate/union_values.js";
import { correctedByWalks, MIN_WALKS } from "../surrogate/walk_correction.js";
import { noErrorKnown } from "../uncertainty.js";
import { drawUnionPairs } from "../union_pairs.js";
import { type PermutationDesign, sampleWalks } from "../walks.js";

/** What a round is: all that Owen's formula needs, pairs of complements that the surrogate sees, or walks that correct it. */
type Design = PermutationDesign & { readonly plays: "formula" | "pairs" | "walks" };

const NO_ORDERS = { orders: [], antithetic: true } as const;

/** Pairs at the first look at a tolerance, a player; then at every 1.5 times as many. */
const FIRST_LOOK = 2;

/**
 * Owen's value of a surrogate of the game, in closed form. Played are single coalitions of Owen's formula with their complements, each
 * of another order, as a Gaussian process learns more from coalitions that are far apart than from walks. It is that of `proxy`; of more
 * pairs than it can see, walks along whole orders are played instead, whose marginals beyond the surrogate's correct it.
 *
 * Owen (1977); Winter (1989). Gaussian processes: Rasmussen & Williams (2006); values of their kernels: Chau, Muandet & Sejdinovic (2023),
 * Explaining the uncertain, arXiv:2305.15167.
 */
export const owenProxy = defineMethod({
  name: "owen-proxy",
  summary: "hierarchical as owen, by a surrogate fitted to what was played: best where there are few coalitions for many players",
  citation: "Owen 1977; Winter 1989; Rasmussen & Williams 2006",
  estimand: "owen",
  needsTree: true,
  efficient: true,
  exhausts: true,
  // The kernel is that of the payoffs that were played.
  linear: false,
  errors: BELIEVED,
  pairs: { refused: "keeps unions together, so it tells nothing of other pairs" },
  // ∅, N and one pair.
  minBudget: (n) => Math.min(4, 2 ** n),
  create: ({ confidence, tree, texts = [] }) => {
    const treeOf = (n: number) => checkedTree(tree ?? flatTree(n), n);
    const estimator = (played: Played<Design>, n: number): Estimator => {
      const unions = treeOf(n);
      if (played.rounds[0]?.design.plays === "formula") return exactOwen(unions, n, confidence);
      return surrogateEstimator(played, n, { unions, confidence, likeness: likenessOf(texts, true) });
    };
    return {
      sample: (n, budget, rng) => sampleRounds(treeOf(n), n, budget, rng),
      estimate: (played, n) => estimator(played, n)(played),
      estimator,
    };
  },
});

/** Pairs that the surrogate sees at most; of 216 tokens more walks tell more than more pairs. Its time is pairs³ + pairs² n. */
const pairsAtMost = (n: number): number => Math.min(Math.max(500, n), 1_000, Math.floor(Math.sqrt(1e9 / n)));

/** Pairs first, so that a larger budget plays all that a smaller one plays. */
function* sampleRounds(unions: PlayerTree, n: number, budget: number, rng: Rng): Generator<Round<Design>, void, Float64Array> {
  if (owenCoalitionCount(unions) <= budget) {
    yield { coalitions: planOwen(unions, n).coalitions, design: { plays: "formula", ...NO_ORDERS } };
    return;
  }
  const wanted = Math.min(Math.floor((budget - 2) / 2), pairsAtMost(n));
  const sides = drawUnionPairs(unions, n, wanted, rng.fork("pairs"));
  for (let done = 0, end = FIRST_LOOK * n; done < sides.length; end = Math.ceil(1.5 * end)) {
    yield { coalitions: withComplements(sides.slice(done, end)), design: { plays: "pairs", ...NO_ORDERS } };
    done = end;
  }
  const rest = budget - 2 * sides.length;
  // Of fewer walks nothing would be known of their noise.
  if (rest < 2 + 2 * MIN_WALKS * (n - 1)) return;
  const orders = rng.fork("walks");
  const walks = sampleWalks(n, rest, () => drawContiguousOrder(unions, orders));
  const unseen = new Float64Array(0);
  for (let step = walks.next(unseen); step.done !== true; step = walks.next(unseen)) {
    const { coalitions, design } = step.value;
    yield { coalitions, design: { plays: "walks", ...design } };
  }
}

interface Asked {
  readonly unions: PlayerTree;
  readonly confidence: number;
  readonly likeness: Likeness | null;
}

function surrogateEstimator(played: Played<Design>, n: number, { unions, confidence, likeness }: Asked): Estimator {
  const isPairs = played.rounds.map(({ design }) => design.plays === "pairs");
  const rounds = (pairs: boolean) => played.rounds.filter((_, at) => isPairs[at] === pairs);
  const payoffsOf = ({ empty, full, rounds }: Payoffs, pairs: boolean): Payoffs => ({
    empty,
    full,
    rounds: rounds.filter((_, at) => isPairs[at] === pairs),
  });
  const surrogate = fitSurrogate(oddPart({ ...played, rounds: rounds(true) }, n), likeness);
  if (surrogate === null) return sharedAlike(n, confidence);
  const valuation = unionValuation(unions);
  const walks = { ...played, rounds: rounds(false) };
  if (walks.rounds.reduce((sum, { design }) => sum + design.orders.length, 0) < MIN_WALKS) {
    const believe = believed(surrogate, confidence, valuation);
    return (payoffs) => believe(payoffsOf(payoffs, true));
  }
  const correct = correctedByWalks({ surrogate, valuation, walks, confidence }, payoffsOf(played, true));
  return (payoffs) => correct(payoffsOf(payoffs, true), payoffsOf(payoffs, false));
}

/** No payoff differs from its complement's, or none is a number: nothing tells players apart. */
const sharedAlike =
  (n: number, confidence: number): Estimator =>
  ({ empty, full }) => ({
    values: new Float64Array(n).fill((full - empty) / n),
    ...noErrorKnown("there is nothing that a surrogate could be fitted to", confidence),
    biased: false,
  });
