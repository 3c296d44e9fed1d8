import { definePayoff } from "./payoff.js";
import type { ScorePayoff } from "./types.js";

export const divergence = definePayoff({
  name: "divergence",
  summary: "minus the Jensen-Shannon divergence of the next token's law from that of the whole conversation: what changed at all",
  asks: "divergences",
  create: () => divergencePayoff,
});

/** Mean over the answer's steps; 0 for the whole conversation, never below −ln 2. */
export const divergencePayoff: ScorePayoff = {
  needs: "divergences",
  value: (divergences) => ({ payoff: divergences.reduce((sum, step) => sum + step, 0) / divergences.length, floored: 0 }),
  step: (divergence) => divergence,
};
