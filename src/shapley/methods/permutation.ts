import { permutation as drawOrder } from "../../random.js";
import { defineMethod } from "../method.js";
import { estimateWalks, sampleWalks } from "../walks.js";

/**
 * Antithetic permutation sampling (Monte Carlo Shapley): the mean over pairs of ½(marginal in a random order + marginal in
 * its reverse). A pair costs 2(n−1) coalitions besides ∅ and N; their number K = ⌊(m−2)/(2(n−1))⌋ is fixed in advance,
 * since letting repeated coalitions buy more pairs would select permutations. Efficiency holds for every pair, and one
 * pair is exact where players interact at most in twos. n + 1 ≤ m < 2n pays for one forward walk without an error.
 *
 * Castro, Gómez & Tejada (2009), Polynomial calculation of the Shapley value based on sampling; antithetic pairs:
 * Mitchell, Cooper, Frank & Holmes (2022), Sampling permutations for Shapley value estimation.
 */
export const permutation = defineMethod({
  name: "permutation",
  aliases: ["monte-carlo"],
  summary: "Monte Carlo over random orders and their reverses: unbiased, efficient",
  citation: "Castro, Gómez & Tejada 2009; Mitchell et al. 2022 (antithetic pairs)",
  estimand: "shapley",
  efficient: true,
  exhausts: false,
  errors: "t over antithetic pairs",
  pairs: true,
  minBudget: (n) => n + 1,
  create: ({ confidence }) => ({
    sample: (n, budget, rng) => sampleWalks(n, budget, () => drawOrder(n, rng)),
    estimate: (played, n) => estimateWalks(played, n, confidence),
  }),
});
