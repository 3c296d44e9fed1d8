import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cells, cellTable, MULTIPLES, measure, verdicts } from "./cells.js";
import { coverageTable, proxyCoverage } from "./coverage.js";
import { GAME_KINDS, loadGames, type TableGame } from "./games.js";
import { interactionsTable } from "./interactions.js";
import { METHODS } from "./methods.js";
import type { EstimatorsOptions } from "./options.js";
import { errorPlot, type Panel } from "./plot.js";
import { median } from "./statistics.js";

const QUICK = { seeds: 1, players: 9 } as const;

/**
 * How near the estimators come to exact Shapley values at equal numbers of coalitions: medians over games and seeds of the relative
 * error |φ̂ − φ| / |φ| and of Kendall's tau, whether `auto` keeps up with the best, and what the 95 % intervals cover.
 */
export async function run({ quick, ...asked }: EstimatorsOptions & { readonly quick: boolean }): Promise<void> {
  const { seeds, players } = quick ? QUICK : { seeds: asked.seeds, players: Infinity };
  const out = asked.out ?? (quick ? undefined : "docs");
  const games = loadGames(players);
  const sections: string[] = [];
  const panels: Panel[] = [];
  for (const kind of GAME_KINDS) {
    const chosen = games.filter((game) => game.kind === kind);
    if (chosen.length === 0) continue;
    const cells = await measure(chosen, seeds);
    sections.push(...sectionOf(kind, chosen, cells));
    panels.push(panelOf(kind, cells));
  }
  const recorded = games.filter(({ kind }) => kind === "recorded");
  sections.push(`## Coverage of 95 % intervals on the recorded games\n\n${await coverageTable(recorded, seeds)}\n`);
  sections.push(`## Coverage of proxy's 95 % intervals, on each kind of game\n\n${await proxyCoverage(games, seeds)}\n`);
  sections.push(`## Pairwise interactions, with 95 % intervals\n\n${PAIRS_NOTE}\n\n${await interactionsTable(games, seeds)}\n`);
  const page = pageOf(sections, seeds);
  if (out !== undefined) {
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "estimators.md"), page);
    writeFileSync(join(out, "estimators.svg"), errorPlot(panels, METHODS));
  }
  console.log(page);
}

const PAIRS_NOTE = `From what \`auto\` plays. Relative error |Î − I| / |I| over all pairs, median; pairs whose interval holds 0 are not shown as findings.
An interval's chance of missing is pointwise: of pairs that are worth nothing some are found.`;

function sectionOf(kind: TableGame["kind"], games: readonly TableGame[], cells: readonly Cells[]): readonly string[] {
  return [
    `## ${kind[0]?.toUpperCase()}${kind.slice(1)} games\n\n${games.map(({ name }) => name).join(", ")}\n`,
    `Relative error, median (quartiles):\n\n${cellTable(cells, "errors")}\n`,
    `Kendall's tau, median (quartiles):\n\n${cellTable(cells, "taus")}\n`,
    `\`auto\` against the column with the smallest median error:\n\n${verdicts(cells)}\n`,
  ];
}

function panelOf(kind: TableGame["kind"], cells: readonly Cells[]): Panel {
  const errors = Object.fromEntries(METHODS.map((method) => [method, cells.map((cell) => median(cell[method].errors))]));
  return { title: `${kind} games`, budgets: MULTIPLES, errors };
}

function pageOf(sections: readonly string[], seeds: number): string {
  return `# Estimators at equal numbers of coalitions

![Median error against coalitions, by estimator](estimators.svg)

Relative error |φ̂ − φ| / |φ| and Kendall's tau against exact Shapley values, ${seeds} seeds a game; \`npm run bench -- estimators\` makes this page
again. n is the number of players; ∅ and N count as coalitions. Recorded games are conversations with the embedded models, all 2^n
payoffs stored (fixtures/games); smollm2 ones are with SmolLM2-135M-Instruct; synthetic ones are tables. \`mllm-shap-mc\` estimates something else (a difference of means), which is
why its error does not vanish.

${sections.join("\n")}`;
}
