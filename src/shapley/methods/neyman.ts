import { defineMethod } from "../method.js";
import { estimateStrata, STRATIFIED } from "../strata.js";
import { sampleTwoStages } from "../two_stages.js";

/**
 * Complementary contributions with Neyman allocation: a first stage of two coalitions a stratum, then size class {s, n−s}
 * gets pairs in proportion to √(Σ_i σ²_{i,s}/s + σ²_{i,n−s}/(n−s)), for s = n/2 to √(Σ_i σ²_{i,s}/n). Where the budget
 * does not pay for the first stage, all of it goes to `complementary`'s sample.
 *
 * Zhang et al. (2023), Efficient sampling approaches to Shapley value approximation, §5.
 */
export const neyman = defineMethod({
  ...STRATIFIED,
  name: "neyman",
  summary: "complementary contributions in two stages, the second where payoffs varied most",
  citation: "Zhang et al. 2023, §5",
  adaptive: true,
  create: ({ confidence }) => ({
    sample: sampleTwoStages,
    estimate: (played, n) => estimateStrata(played, n, confidence),
  }),
});
