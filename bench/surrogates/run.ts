import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GAME_KINDS, loadGames, type TableGame } from "../estimators/games.js";
import { median, norm } from "../estimators/statistics.js";
import { COLUMNS, type Column, valuesOf } from "./columns.js";
import type { SurrogatesOptions } from "./options.js";

const MULTIPLES = [2, 5, 10, 30];
const QUICK = { seeds: 1, players: 8 } as const;

/** Median relative errors of surrogates and of designs, by kind of game; a real model's games one by one. */
export async function run({ quick, ...asked }: SurrogatesOptions & { readonly quick: boolean }): Promise<void> {
  const { seeds, players } = quick ? QUICK : asked;
  const out = asked.out ?? (quick ? undefined : "docs");
  const games = loadGames(players);
  const of = (kind: TableGame["kind"]) => games.filter((game) => game.kind === kind);
  const pooled = GAME_KINDS.filter((kind) => kind !== "smollm2");
  const kinds = await rowsOf(
    pooled.map((kind) => [kind, of(kind)] as const),
    seeds,
  );
  const single = await rowsOf(
    of("smollm2").map((game) => [game.name, [game]] as const),
    seeds,
  );
  const page = pageOf(kinds, single, { seeds, players });
  if (out !== undefined) {
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "surrogates.md"), page);
  }
  console.log(page);
}

async function rowsOf(
  groups: readonly (readonly [name: string, games: readonly TableGame[]])[],
  seeds: number,
): Promise<readonly string[]> {
  const rows: string[] = [];
  for (const [name, games] of groups) {
    for (const multiple of MULTIPLES) {
      const sampled = games.filter(({ n }) => multiple * n < 2 ** n);
      if (sampled.length === 0) continue;
      const cells: string[] = [];
      for (const column of COLUMNS) cells.push(median(await errorsOf(sampled, multiple, column, seeds)).toPrecision(2));
      rows.push(`| ${name} ${multiple}n | ${cells.join(" | ")} |`);
    }
  }
  return rows;
}

async function errorsOf(games: readonly TableGame[], multiple: number, column: Column, seeds: number): Promise<readonly number[]> {
  const errors: number[] = [];
  for (const game of games) {
    for (let seed = 0; seed < seeds; seed++) {
      const values = await valuesOf(column, game, multiple * game.n, seed);
      errors.push(norm(values.map((value, i) => value - (game.truth[i] as number))) / norm(game.truth));
    }
  }
  return errors;
}

function pageOf(
  kinds: readonly string[],
  single: readonly string[],
  { seeds, players }: Pick<SurrogatesOptions, "seeds" | "players">,
): string {
  const head = `| | ${COLUMNS.map(({ name }) => name).join(" | ")} |\n|---|${COLUMNS.map(() => "---:|").join("")}`;
  return `# Surrogates that were tried

Median relative error |φ̂ − φ| / |φ| over games of at most ${players} players and ${seeds} seeds, at equal numbers of coalitions;
\`npm run bench -- surrogates --seeds ${seeds} --players ${players}\` makes this page again. "regression" is paired Shapley regression; "trees" are boosted (depth × number,
rate 0.1), their exact values plus the regression of what they leave; "process" is a Gaussian process with a relevance a player, on the odd part of the payoffs.

${[head, ...kinds].join("\n")}

SmolLM2-135M-Instruct, game by game (\`tfidf\` games compare generated answers, \`contrast\` is the log-odds of two answers, the others are
likelihoods). They differ too much for one median to tell of them:

${[head, ...single].join("\n")}
`;
}
