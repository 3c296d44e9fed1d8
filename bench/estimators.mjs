// How near the estimators come to exact Shapley values at equal numbers of coalitions: medians over games and seeds of the relative
// error |φ̂ − φ| / |φ| and of Kendall's tau, whether `auto` keeps up with the best, and what the 95 % intervals cover.
//   npm run bench:estimators [-- seeds]      writes docs/estimators.md and docs/estimators.svg
import { mkdirSync, writeFileSync } from "node:fs";
import { stopOf } from "../dist/game/stop.js";
import { createRng, planMethod, play } from "../dist/index.js";
import { gameOf, loadGames } from "./games.mjs";
import { errorPlot } from "./plot.mjs";
import { kendall, median, quantile, ratioInterval } from "./statistics.mjs";

const SEEDS = Number(process.argv[2] ?? 200);
const MULTIPLES = [2, 5, 10, 30];
const METHODS = ["permutation", "leverage", "kernel", "complementary", "neyman", "mllm-shap-mc", "proxy", "auto"];
/** Columns that `auto` is held against: everything that estimates Shapley values. */
const RIVALS = METHODS.filter((method) => method !== "auto");
const CONFIDENCE = 0.95;

async function estimateOnce({ n, table }, sampler, budget, seed, stop) {
  const plan = planMethod({ sampler, players: n, budget, budgetGiven: true, options: { confidence: CONFIDENCE } });
  // Equal seeds for all: `auto` draws what the method it chooses draws.
  const { estimate } = await play(gameOf(n, table), plan.method, { budget: plan.budget, rng: createRng(`seed ${seed}`), stop });
  return estimate;
}

const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** Errors and taus of one kind of game, by multiple and method; the same position is the same game and seed everywhere. */
async function measure(games) {
  const cells = MULTIPLES.map(() => Object.fromEntries(METHODS.map((method) => [method, { errors: [], taus: [] }])));
  for (const game of games) {
    for (const [at, multiple] of MULTIPLES.entries()) {
      // Where all 2^n fit, every method enumerates and there is nothing to compare.
      if (multiple * game.n >= 2 ** game.n) continue;
      for (const method of METHODS) {
        for (let seed = 0; seed < SEEDS; seed++) {
          const { values } = await estimateOnce(game, method, multiple * game.n, `${game.name} ${seed}`);
          const cell = cells[at][method];
          cell.errors.push(norm(values.map((value, i) => value - game.truth[i])) / norm(game.truth));
          cell.taus.push(kendall(values, game.truth));
        }
      }
    }
  }
  return cells;
}

const three = (value) => (value >= 0.001 ? value.toFixed(value >= 0.1 ? 2 : 4) : value.toExponential(1));

function table(cells, key) {
  const head = `| coalitions | ${METHODS.join(" | ")} |\n|---|${METHODS.map(() => "---:|").join("")}`;
  const rows = MULTIPLES.map((multiple, at) => {
    const columns = METHODS.map((method) => {
      const values = cells[at][method][key];
      return `${three(median(values))} (${three(quantile(values, 0.25))}–${three(quantile(values, 0.75))})`;
    });
    return `| ${multiple}n | ${columns.join(" | ")} |`;
  });
  return [head, ...rows].join("\n");
}

/** Is `auto` worse than the best column by more than chance? */
function verdicts(cells) {
  return MULTIPLES.map((multiple, at) => {
    const errorsOf = (method) => cells[at][method].errors;
    const best = RIVALS.reduce((a, b) => (median(errorsOf(b)) < median(errorsOf(a)) ? b : a));
    const ratio = median(errorsOf("auto")) / median(errorsOf(best));
    const [low, high] = ratioInterval(errorsOf("auto"), errorsOf(best), createRng(`bootstrap ${multiple}`));
    const worse = low > 1;
    return `| ${multiple}n | ${best} | ${ratio.toFixed(3)} | ${low.toFixed(3)}–${high.toFixed(3)} | ${worse ? "worse" : "not worse"} |`;
  });
}

/** Share of intervals that hold the exact value, players with non-zero variance; how many runs gave intervals at all. */
async function coverage(games, method, budgetOf, stop) {
  let covered = 0;
  let intervals = 0;
  let runs = 0;
  for (const game of games) {
    const budget = budgetOf(game.n);
    if (budget >= 2 ** game.n) continue;
    for (let seed = 0; seed < SEEDS; seed++) {
      const estimate = await estimateOnce(game, method, budget, `coverage ${game.name} ${seed}`, stop);
      if (estimate.intervals === null) continue;
      runs += 1;
      for (const [i, [low, high]] of estimate.intervals.entries()) {
        if (estimate.stdErrors[i] === 0) continue;
        intervals += 1;
        covered += low <= game.truth[i] && game.truth[i] <= high;
      }
    }
  }
  return intervals === 0 ? "no intervals" : `${((100 * covered) / intervals).toFixed(1)} % of ${intervals} (${runs} runs)`;
}

async function coverageTable(games) {
  const pairs = (count) => (n) => 2 + 2 * (n - 1) * count;
  const times = (multiple) => (n) => multiple * n;
  const lines = [
    ["permutation, 30 pairs", await coverage(games, "permutation", pairs(30))],
    ["permutation, 50 pairs", await coverage(games, "permutation", pairs(50))],
  ];
  for (const method of ["leverage", "kernel", "complementary", "neyman"]) {
    for (const multiple of [10, 20, 40]) lines.push([`${method}, ${multiple}n`, await coverage(games, method, times(multiple))]);
  }
  for (const method of ["permutation", "leverage"]) {
    lines.push([`${method}, stopped at tolerance 5%`, await coverage(games, method, times(60), stopOf("5%"))]);
  }
  return ["| intervals | cover |", "|---|---|", ...lines.map(([name, share]) => `| ${name} | ${share} |`)].join("\n");
}

async function proxyCoverage(kinds) {
  const lines = [];
  for (const [kind, games] of Object.entries(kinds)) {
    for (const multiple of [5, 10, 30]) lines.push(`| ${kind}, ${multiple}n | ${await coverage(games, "proxy", (n) => multiple * n)} |`);
  }
  return ["| intervals | cover |", "|---|---|", ...lines].join("\n");
}

const games = loadGames();
const kinds = Object.fromEntries(["recorded", "smollm2", "synthetic"].map((kind) => [kind, games.filter((game) => game.kind === kind)]));
const sections = [];
const panels = [];
for (const [kind, chosen] of Object.entries(kinds)) {
  const cells = await measure(chosen);
  sections.push(
    `## ${kind[0].toUpperCase()}${kind.slice(1)} games\n\n${chosen.map(({ name }) => name).join(", ")}\n`,
    `Relative error, median (quartiles):\n\n${table(cells, "errors")}\n`,
    `Kendall's tau, median (quartiles):\n\n${table(cells, "taus")}\n`,
    `\`auto\` against the column with the smallest median error:\n\n| coalitions | best | ratio | 95 % interval | auto is |\n|---|---|---:|---|---|\n${verdicts(cells).join("\n")}\n`,
  );
  const errors = Object.fromEntries(METHODS.map((method) => [method, cells.map((cell) => median(cell[method].errors))]));
  panels.push({ title: `${kind} games`, budgets: MULTIPLES, errors });
}
sections.push(`## Coverage of 95 % intervals on the recorded games\n\n${await coverageTable(kinds.recorded)}\n`);
sections.push(`## Coverage of proxy's 95 % intervals\n\n${await proxyCoverage(kinds)}\n`);
const report = `# Estimators at equal numbers of coalitions

![Median error against coalitions, by estimator](estimators.svg)

Relative error |φ̂ − φ| / |φ| and Kendall's tau against exact Shapley values, ${SEEDS} seeds a game; \`npm run bench:estimators\` makes this page
again. n is the number of players; ∅ and N count as coalitions. Recorded games are conversations with the embedded models, all 2^n
payoffs stored (fixtures/games), smollm2 ones with SmolLM2-135M-Instruct; synthetic ones are tables. \`mllm-shap-mc\` estimates something else (a difference of means), which is
why its error does not vanish. What \`proxy\` was chosen from: [surrogates.md](surrogates.md).

${sections.join("\n")}`;
mkdirSync(new URL("../docs/", import.meta.url), { recursive: true });
writeFileSync(new URL("../docs/estimators.md", import.meta.url), report);
writeFileSync(new URL("../docs/estimators.svg", import.meta.url), errorPlot(panels, METHODS));
console.log(report);
