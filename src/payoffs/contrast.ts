import { z } from "zod";
import { sum } from "../util/arrays.js";
import { atLeast, floorOf } from "./likelihood.js";
import { definePayoff } from "./payoff.js";
import type { ScorePayoff } from "./types.js";

const PER = ["answer", "token"] as const;
type Per = (typeof PER)[number];

export const contrast = definePayoff({
  name: "contrast",
  summary: "log-probability of the answer less that of another text (foil): why this and not that",
  asks: "scores",
  texts: ["foil"],
  options: {
    foil: z
      .string()
      .min(1)
      .max(100_000)
      .describe("The other text: a whole answer, or with explain.target what stands in place of that part, behind the same beginning."),
    per: z
      .enum(PER)
      .default("answer")
      .describe("answer: log p(answer) − log p(foil), their log-odds; token: each divided by its number of tokens first."),
  },
  create: ({ foil, per }) => contrastPayoff(foil, per),
});

/** log p(answer) − log p(foil), sums or means over steps. With the two exchanged it changes its sign and no more. */
export function contrastPayoff(foil: string, per: Per): ScorePayoff {
  return {
    needs: "scores",
    contrast: { foil, per },
    value(answer, other) {
      const [own, against] = [floorOf(answer), floorOf(other)];
      const worth = ({ kept }: ReturnType<typeof floorOf>): number => sum(kept) / (per === "token" ? kept.length : 1);
      return { payoff: worth(own) - worth(against), floored: own.floored + against.floored };
    },
    step: (logProbability, against) => atLeast(logProbability) - atLeast(against),
  };
}
