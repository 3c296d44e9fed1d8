import { loadGames, recordedGame, type TableGame } from "../estimators/games.js";
import { estimateOnce } from "../estimators/methods.js";
import { median, norm } from "../estimators/statistics.js";
import { rewritePage } from "../real/report.js";
import { inRepository } from "../shared/root.js";
import type { AccuracyOptions } from "./options.js";
import { secondsOf } from "./seconds.js";
import { stratifiedTrees } from "./stratified_trees.js";

/*
 * What a user waits for who wants values of which the error is a twentieth: how many coalitions each estimator takes until its median relative error is no
 * more, on a game all of whose payoffs were recorded; and, with the model, what so many take.
 */

const RIGHT = 0.05;
/** Budgets to try, in coalitions a player: each a quarter more than the last. */
const BUDGETS = Array.from({ length: 32 }, (_, at) => 2 * 1.25 ** at);
const QUICK = { seeds: 2, players: 8 } as const;

interface Way {
  readonly name: string;
  /** Asks the model as the original does, one coalition after the other, not as we do. */
  readonly loops: boolean;
  readonly values: (game: TableGame, budget: number, seed: number) => Promise<Float64Array>;
}

const WAYS: readonly Way[] = [
  {
    name: "`mllm-shap explain` (`auto`)",
    loops: false,
    values: async (game, budget, seed) => (await estimateOnce(game, "auto", budget, `${seed}`)).values,
  },
  {
    name: "complementary contributions with Neyman's allocation (`neyman`, the original's default)",
    loops: true,
    values: async (game, budget, seed) => (await estimateOnce(game, "neyman", budget, `${seed}`)).values,
  },
  {
    name: "boosted trees, and means of strata of what they leave (as the original's `proxy`)",
    loops: true,
    values: stratifiedTrees,
  },
];

export async function run({ quick, seeds, page, ...models }: AccuracyOptions & { readonly quick: boolean }): Promise<void> {
  const game = quick ? (loadGames(QUICK.players)[0] as TableGame) : recordedGame(inRepository("fixtures/games/accuracy/question-14.json"));
  const found: { readonly way: Way; readonly coalitions: number }[] = [];
  for (const way of WAYS) found.push({ way, coalitions: await coalitionsToRight(game, way, quick ? QUICK.seeds : seeds) });
  const seconds = await secondsOf(
    game.texts.join(" "),
    found.map(({ way: { loops }, coalitions }) => ({ loops, coalitions })),
    models,
  );
  const table = tableOf(found.map(({ way: { name }, coalitions }, at) => ({ name, coalitions, seconds: seconds[at] ?? null })));
  console.log(table);
  if (page !== undefined) rewritePage(page, table, "accuracy");
}

/** The smallest budget of those tried at which, and at the next one, the median error is small enough; all coalitions where none is. */
async function coalitionsToRight(game: TableGame, { values }: Way, seeds: number): Promise<number> {
  const all = 2 ** game.n;
  let before: number | null = null;
  for (const budget of BUDGETS.map((multiple) => Math.round(multiple * game.n)).filter((one) => one < all)) {
    const errors: number[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const got = await values(game, budget, seed);
      errors.push(norm(got.map((value, i) => value - (game.truth[i] as number))) / norm(game.truth));
    }
    const right = median(errors) <= RIGHT;
    if (right && before !== null) return before;
    before = right ? budget : null;
  }
  return before ?? all;
}

interface Row {
  readonly name: string;
  readonly coalitions: number;
  readonly seconds: number | null;
}

/** Ours first, the others with how many times as many they take. */
export function tableOf(rows: readonly Row[]): string {
  const [own] = rows;
  const beside = (value: number | null, ours: number | null | undefined, digits: number): string => {
    if (value === null || ours == null) return "—";
    const told = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return value === ours ? told : `${told} (${(value / ours).toFixed(1)} ×)`;
  };
  const cells = rows.map(({ name, coalitions, seconds }) => [
    name,
    beside(coalitions, own?.coalitions, 0),
    beside(seconds, own?.seconds, 1),
  ]);
  return [["way to values that are right to 5 %", "coalitions", "seconds"], ["---", "---:", "---:"], ...cells]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}
