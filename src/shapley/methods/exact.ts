import { defineMethod } from "../method.js";
import { enumerateCoalitions, payoffTable, shapleyValues } from "../table.js";
import { noSamplingError } from "../uncertainty.js";

/**
 * Full enumeration: φ_i = Σ_{S ∌ i} |S|! (n−|S|−1)! / n! · (v(S ∪ i) − v(S)).
 * Shapley, L. S. (1953). A value for n-person games.
 */
export const exact = defineMethod({
  name: "exact",
  summary: "all 2^n coalitions: exact Shapley values",
  citation: "Shapley 1953, A value for n-person games",
  estimand: "shapley",
  enumerates: true,
  efficient: true,
  exhausts: true,
  errors: null,
  pairs: true,
  minBudget: (n) => 2 ** n,
  // 2^20 coalitions: above, neither memory nor any model is ready for it.
  maxPlayers: 20,
  create: ({ confidence }) => ({
    *sample(n) {
      if (n > 1) yield { coalitions: enumerateCoalitions(n), design: null };
    },
    estimate(played, n) {
      const values = shapleyValues(payoffTable(played, n), n);
      return { values, ...noSamplingError(values, confidence), biased: false };
    },
  }),
});
