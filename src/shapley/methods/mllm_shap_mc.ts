import type { Coalition } from "../../game/types.js";
import { defineMethod } from "../method.js";
import { noErrorKnown } from "../uncertainty.js";
import { includedMinusExcluded, uniformCoalitions } from "../uniform_sample.js";

/**
 * What the mllm-shap package and TokenSHAP publish as Monte Carlo: mean(v(S) | i ∈ S) − mean(v(S) | i ∉ S) over N, the n
 * leave-one-out coalitions and distinct uniform ones. It does NOT estimate Shapley values: over uniform coalitions it
 * tends to the Banzhaf value, shifted by the forced rows, and does not sum to v(N) − v(∅). For comparison with results
 * published with it. ∅ is played, as always, but is no row of the means (except for n = 1, whose leave-one-out row it is).
 *
 * Horovicz & Goldshmidt (2024), TokenSHAP: Interpreting large language models with Monte Carlo Shapley value estimation.
 */
export const mllmShapMc = defineMethod({
  name: "mllm-shap-mc",
  summary: "legacy: difference of two means as published by mllm-shap and TokenSHAP; estimates Banzhaf-like, not Shapley values",
  citation: "Horovicz & Goldshmidt 2024, TokenSHAP",
  estimand: "banzhaf-like",
  efficient: false,
  exhausts: true,
  errors: null,
  pairs: { refused: "draws coalitions without their complements, which tell nothing of pairs" },
  // N, ∅ and the n leave-one-out coalitions, or all 2^n where that is fewer.
  minBudget: (n) => Math.min(n + 2, 2 ** n),
  create: ({ confidence }) => ({
    *sample(n, budget, rng) {
      const rows = Math.min(budget, 2 ** n) - 2;
      if (rows > 0) yield { coalitions: uniformCoalitions(n, rows, rng), design: null };
    },
    estimate(played, n) {
      const coalitions: Coalition[] = [new Uint8Array(n).fill(1), ...played.rounds.flatMap((round) => round.coalitions)];
      const payoffs = [played.full, ...played.rounds.flatMap((round) => [...round.payoffs])];
      if (n === 1) {
        coalitions.push(new Uint8Array(1));
        payoffs.push(played.empty);
      }
      const values = includedMinusExcluded(coalitions, payoffs, n);
      const reason = "mllm-shap-mc estimates a difference of means, not Shapley values: a sampling error would not cover its bias";
      return { values, ...noErrorKnown(reason, confidence), biased: true };
    },
  }),
});
