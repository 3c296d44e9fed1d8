import { play } from "../../src/game/play.js";
import { createRng } from "../../src/random.js";
import { sampledInteractions, tableInteractions } from "../../src/shapley/interactions.js";
import { planMethod } from "../../src/shapley/plan.js";
import { eachPair } from "../../src/shapley/surrogate/kernel_pairs.js";
import { GAME_KINDS, gameOf, type TableGame } from "./games.js";
import { median, norm } from "./statistics.js";

const MULTIPLES = [5, 10, 30] as const;
const CONFIDENCE = 0.95;

interface Tally {
  /** |Î − I| / |I| over all pairs, one a run. */
  readonly errors: number[];
  covered: number;
  intervals: number;
  /** Intervals without 0. */
  found: number;
  /** Of these, of the wrong sign. */
  wrong: number;
}

/** Errors of sampled pairwise interactions, what their intervals cover, and how many pairs are shown with the wrong sign. */
export async function interactionsTable(games: readonly TableGame[], seeds: number): Promise<string> {
  const lines: string[] = [];
  for (const kind of GAME_KINDS) {
    for (const multiple of MULTIPLES) {
      const chosen = games.filter((game) => game.kind === kind && multiple * game.n < 2 ** game.n);
      if (chosen.length === 0) continue;
      const tally: Tally = { errors: [], covered: 0, intervals: 0, found: 0, wrong: 0 };
      for (const game of chosen) await count(tally, game, multiple * game.n, seeds);
      lines.push(`| ${kind}, ${multiple}n | ${cellsOf(tally).join(" | ")} |`);
    }
  }
  return [
    "| pairs | relative error | intervals cover | without 0 | of these of the wrong sign |",
    "|---|---:|---:|---:|---:|",
    ...lines,
  ].join("\n");
}

async function count(tally: Tally, game: TableGame, budget: number, seeds: number): Promise<void> {
  const truth = tableInteractions(game.table, game.n);
  const places = new Map<string, number>();
  eachPair(game.n, (i, j, pair) => places.set(`${i} ${j}`, pair));
  for (let seed = 0; seed < seeds; seed++) {
    const plan = planMethod({
      sampler: "auto",
      players: game.n,
      budget,
      budgetGiven: true,
      options: { confidence: CONFIDENCE, texts: game.texts },
    });
    const rng = createRng(`interactions ${game.name} ${seed}`);
    const { played, estimate } = await play(gameOf(game), plan.method, { budget: plan.budget, rng });
    const missed = new Float64Array(truth.length);
    for (const { first, second, value, interval } of sampledInteractions(played, estimate.values, game.n, CONFIDENCE).pairs) {
      const place = places.get(`${first} ${second}`) as number;
      const exact = truth[place] as number;
      missed[place] = value - exact;
      if (interval === null) continue;
      const [low, high] = interval;
      tally.intervals += 1;
      tally.covered += Number(low <= exact && exact <= high);
      if (low <= 0 && high >= 0) continue;
      tally.found += 1;
      tally.wrong += Number(Math.sign(value) !== Math.sign(exact));
    }
    tally.errors.push(norm(missed) / norm(truth));
  }
}

function cellsOf({ errors, covered, intervals, found, wrong }: Tally): readonly string[] {
  const percent = (part: number, whole: number): string => (whole === 0 ? "none" : `${((100 * part) / whole).toFixed(1)} %`);
  return [
    median(errors).toPrecision(2),
    `${percent(covered, intervals)} of ${intervals}`,
    percent(found, intervals),
    percent(wrong, found),
  ];
}
