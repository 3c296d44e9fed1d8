import type { Round } from "../../game/types.js";
import { defineMethod } from "../method.js";
import { noSamplingError } from "../uncertainty.js";
import { leaveOneOut } from "../uniform_sample.js";

/**
 * What is lost without a player while all others stay: v(N) − v(N∖i), with n + 2 coalitions and no chance. Of players that can stand for one
 * another it credits none.
 */
export const leaveOneOutMethod = defineMethod({
  name: "leave-one-out",
  aliases: ["loo"],
  summary: "v(N) − v(N without the player), from n + 2 coalitions: no Shapley values, blind to players that can stand for one another",
  citation: "known since Cook 1977, Detection of influential observation",
  estimand: "leave-one-out",
  draws: false,
  efficient: false,
  exhausts: true,
  errors: null,
  pairs: { refused: "plays no two players' absence together, so it tells nothing of pairs" },
  minBudget: (n) => Math.min(n + 2, 2 ** n),
  create: ({ confidence }) => ({
    *sample(n): Generator<Round<null>, void, Float64Array> {
      if (n > 1) yield { coalitions: leaveOneOut(n), design: null };
    },
    estimate({ empty, full, rounds }, n) {
      const without = n === 1 ? Float64Array.of(empty) : (rounds[0]?.payoffs ?? new Float64Array(n).fill(full));
      const values = without.map((payoff) => full - payoff);
      return { values, ...noSamplingError(values, confidence), biased: false };
    },
  }),
});
