import { play } from "../../src/game/play.js";
import type { Stop } from "../../src/game/stop.js";
import type { Estimate } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import { planMethod } from "../../src/shapley/plan.js";
import { gameOf, type TableGame } from "./games.js";

export const METHODS = ["permutation", "leverage", "kernel", "complementary", "neyman", "mllm-shap-mc", "proxy", "auto"] as const;
export type Measured = (typeof METHODS)[number];
/** Columns that `auto` is held against: everything that estimates Shapley values. */
export const RIVALS = METHODS.filter((method) => method !== "auto");

const CONFIDENCE = 0.95;

export async function estimateOnce(game: TableGame, sampler: Measured, budget: number, seed: string, stop?: Stop): Promise<Estimate> {
  const plan = planMethod({ sampler, players: game.n, budget, budgetGiven: true, options: { confidence: CONFIDENCE, texts: game.texts } });
  // Equal seeds for all: `auto` draws what the method it chooses draws.
  const { estimate } = await play(gameOf(game), plan.method, { budget: plan.budget, rng: createRng(`seed ${seed}`), stop });
  return estimate;
}
