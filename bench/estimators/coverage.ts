import { type Stop, stopOf } from "../../src/game/stop.js";
import type { TableGame } from "./games.js";
import { estimateOnce, type Measured } from "./methods.js";

interface Case {
  readonly name: string;
  readonly method: Measured;
  /** Coalitions for n players. */
  readonly budgetOf: (n: number) => number;
  readonly stop?: Stop | undefined;
}

/** What the 95 % intervals cover. */
export async function coverageTable(games: readonly TableGame[], seeds: number): Promise<string> {
  const lines: string[] = [];
  for (const one of cases()) lines.push(`| ${one.name} | ${await coverage(games, one, seeds)} |`);
  return ["| intervals | cover |", "|---|---|", ...lines].join("\n");
}

function cases(): readonly Case[] {
  const pairs = (count: number): Case => {
    return { name: `permutation, ${count} pairs`, method: "permutation", budgetOf: (n) => 2 + 2 * (n - 1) * count };
  };
  const sampled = (["leverage", "kernel", "complementary", "neyman"] as const).flatMap((method) =>
    [10, 20, 40].map((multiple): Case => ({ name: `${method}, ${multiple}n`, method, budgetOf: (n) => multiple * n })),
  );
  const stopped = (["permutation", "leverage"] as const).map(
    (method): Case => ({ name: `${method}, stopped at tolerance 5%`, method, budgetOf: (n) => 60 * n, stop: stopOf("5%") }),
  );
  return [pairs(30), pairs(50), ...sampled, ...stopped];
}

/** Share of intervals that hold the exact value, players with non-zero variance; how many runs gave intervals at all. */
async function coverage(games: readonly TableGame[], { method, budgetOf, stop }: Case, seeds: number): Promise<string> {
  let covered = 0;
  let intervals = 0;
  let runs = 0;
  for (const game of games) {
    const budget = budgetOf(game.n);
    if (budget >= 2 ** game.n) continue;
    for (let seed = 0; seed < seeds; seed++) {
      const estimate = await estimateOnce(game, method, budget, `coverage ${game.name} ${seed}`, stop);
      if (estimate.intervals === null) continue;
      runs += 1;
      for (const [i, [low, high]] of estimate.intervals.entries()) {
        if (estimate.stdErrors?.[i] === 0) continue;
        const truth = game.truth[i] as number;
        intervals += 1;
        covered += Number(low <= truth && truth <= high);
      }
    }
  }
  return intervals === 0 ? "no intervals" : `${((100 * covered) / intervals).toFixed(1)} % of ${intervals} (${runs} runs)`;
}
