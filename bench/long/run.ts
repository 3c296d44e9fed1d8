import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Played } from "../../src/game/types.js";
import { cholesky, choleskySolve } from "../../src/math/cholesky.js";
import { spearman } from "../../src/math/ranks.js";
import { createRng } from "../../src/random.js";
import { eachClass, samplePairs } from "../../src/shapley/paired_sample.js";
import { METHODS } from "../../src/shapley/registry.js";
import { drawPairs } from "../../src/shapley/subsets.js";
import { oddPart } from "../../src/shapley/surrogate/odd_part.js";
import { median, norm } from "../estimators/statistics.js";
import { lasso, predict } from "./lasso.js";
import type { LongOptions } from "./options.js";
import { type LongGame, loadLongGame, playedOf } from "./record.js";
import { unionsPage } from "./unions.js";

/** Coalitions, ∅ and N included. */
const BUDGETS = [100, 250, 500, 1_000, 2_500] as const;
const QUICK = { budgets: [100], samples: 1 } as const;
/** Pairs that no estimator but the reference sees: the first part of the record. */
const HELD_OUT = 500;

/** Values of the players; `effects` predict payoffs by their sum, which the linear datamodeling score asks. */
interface Column {
  readonly name: string;
  readonly estimate: (played: Played<null>, game: LongGame) => Float64Array;
}

const COLUMNS: readonly Column[] = [
  { name: "regression", estimate: (played, { players }) => regression(played, players) },
  { name: "lasso (context-cite)", estimate: (played, { players }) => sparse(played, players) },
  { name: "`proxy`, texts unknown", estimate: (played, { players }) => gaussian(played, players, undefined) },
  { name: "`proxy`", estimate: (played, { players, texts }) => gaussian(played, players, texts) },
];

/** Whose tokens, and the record of them. */
const GAMES = [
  { name: "nano-216", model: "`embedded:nano`" },
  { name: "smollm2-191", model: "SmolLM2-135M-Instruct" },
] as const;

/**
 * Estimators of a long conversation on disjoint samples of one record: Spearman's correlation with a reference from all other pairs, with
 * another sample, and the linear datamodeling score on pairs that were held out.
 */
export async function run({ quick, samples, out }: LongOptions & { readonly quick: boolean }): Promise<void> {
  const tables = GAMES.map(({ name, model }) => {
    const game = loadLongGame(name);
    const rows = (quick ? QUICK.budgets : BUDGETS).flatMap((budget) =>
      COLUMNS.map((column) => rowOf(game, budget, column, quick ? QUICK.samples : samples)),
    );
    return tableOf(game, model, rows);
  });
  const page = pageOf([...tables, unionsPage(quick)]);
  const folder = out ?? (quick ? undefined : "docs");
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "long.md"), page);
  }
  console.log(page);
}

function rowOf(game: LongGame, budget: number, { name, estimate }: Column, samples: number): string {
  const pairs = budget / 2 - 1;
  const found: Float64Array[] = [];
  const cells = { reference: [] as number[], error: [] as number[], score: [] as number[] };
  for (let from = HELD_OUT; found.length < samples && from + pairs <= game.sides.length; from += pairs) {
    const values = estimate(playedOf(game, from, from + pairs), game);
    const reference = referenceOf(game, from, from + pairs);
    found.push(values);
    cells.reference.push(spearman(values, reference) ?? 0);
    cells.error.push(norm(values.map((value, i) => value - (reference[i] as number))) / norm(reference));
    cells.score.push(datamodelingScore(game, values));
  }
  const twins = found.slice(1).map((values, at) => spearman(values, found[at] as Float64Array) ?? 0);
  const shown = [median(cells.reference), twins.length === 0 ? null : median(twins), median(cells.error), median(cells.score)];
  return `| ${budget} | ${name} | ${shown.map((value) => value?.toFixed(2) ?? "").join(" | ")} |`;
}

/** Shapley regression of the held-out pairs and all others that the sample does not hold. */
function referenceOf(game: LongGame, from: number, to: number): Float64Array {
  const known = references.get(game) ?? new Map<string, Float64Array>();
  references.set(game, known);
  const key = `${from} ${to}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const rest = game.sides.map((_, at) => at).filter((at) => at < from || at >= to);
  const others: LongGame = {
    ...game,
    sides: rest.map((at) => game.sides[at] as Uint8Array),
    payoffs: rest.map((at) => game.payoffs[at] ?? [0, 0]),
  };
  const values = regression(playedOf(others, 0, rest.length), game.players);
  known.set(key, values);
  return values;
}

const references = new WeakMap<LongGame, Map<string, Float64Array>>();

/**
 * Pairs are drawn with Shapley's kernel as their probability, so that plain least squares of the odd payoffs with Σφ = v(N) − v(∅) is
 * Shapley regression; a ridge where there are fewer pairs than players.
 */
function regression(played: Played<null>, n: number): Float64Array {
  const { signs, targets, count } = oddPart(played, n);
  const gram = new Float64Array(n * n);
  const right = new Float64Array(n);
  for (let row = 1; row < count; row++) {
    for (let i = 0; i < n; i++) {
      const sign = (signs[row * n + i] as number) / 2;
      right[i] = (right[i] as number) + sign * (targets[row] as number);
      for (let j = 0; j < n; j++) gram[i * n + j] = (gram[i * n + j] as number) + (sign * (signs[row * n + j] as number)) / 2;
    }
  }
  const ridge = count > 2 * n ? 0 : 0.25 * Math.sqrt(count);
  for (let i = 0; i < n; i++) gram[i * n + i] = (gram[i * n + i] as number) + ridge + 1e-9;
  const factor = cholesky(gram, n, 0) as Float64Array;
  const free = choleskySolve(factor, n, right);
  const ones = choleskySolve(factor, n, new Float64Array(n).fill(1));
  const sum = (list: Float64Array): number => list.reduce((total, one) => total + one, 0);
  const excess = (sum(free) - (played.full - played.empty)) / sum(ones);
  return free.map((value, i) => value - excess * (ones[i] as number));
}

function sparse({ empty, full, rounds }: Played<null>, n: number): Float64Array {
  const rows = [new Uint8Array(n), new Uint8Array(n).fill(1), ...rounds.flatMap(({ coalitions }) => coalitions)];
  return lasso(rows, [empty, full, ...rounds.flatMap(({ payoffs }) => [...payoffs])]).slopes;
}

/** With the design of as many coalitions, of which the record's pairs are a sample in random order. */
function gaussian(played: Played<null>, n: number, texts: readonly string[] | undefined): Float64Array {
  const proxy = METHODS.proxy.create({ confidence: 0.95, texts });
  const coalitions = 2 + played.rounds.reduce((sum, round) => sum + round.coalitions.length, 0);
  const mass = (size: number): number => 1 / (size * (n - size));
  const rounds = samplePairs(n, coalitions, { mass, draw: eachClass(drawPairs) }, createRng("design"));
  let design: unknown;
  for (let round = rounds.next(); round.done !== true; round = rounds.next(new Float64Array(0))) ({ design } = round.value);
  return proxy.estimate({ ...played, rounds: played.rounds.map((round) => ({ ...round, design })) }, n).values;
}

/** Spearman's correlation of held-out payoffs and the sums of the values of who is in (Ilyas et al. 2022; Cohen-Wang et al. 2024). */
function datamodelingScore({ sides, payoffs }: LongGame, values: Float64Array): number {
  const model = { intercept: 0, slopes: values };
  const predicted: number[] = [];
  const played: number[] = [];
  for (const [row, side] of sides.slice(0, HELD_OUT).entries()) {
    predicted.push(
      predict(model, side),
      predict(
        model,
        side.map((inside) => 1 - inside),
      ),
    );
    played.push(...(payoffs[row] ?? []));
  }
  return spearman(predicted, played) ?? 0;
}

function tableOf({ players, answer, sides }: LongGame, model: string, rows: readonly string[]): string {
  return `## ${players} tokens of ${model}

Answer "${answer}", ${2 * sides.length} recorded coalitions.

| coalitions | estimator | reference | another sample | relative error | LDS |
|---:|---|---:|---:|---:|---:|
${rows.join("\n")}`;
}

function pageOf(tables: readonly string[]): string {
  return `# Long conversations

Payoff likelihood, coalitions recorded once (fixtures/games/long); \`npm run bench -- long\` makes this page again without a model. Every estimator sees the same samples of the
record, and no sample holds another's pairs. *Reference*: Spearman's correlation with the Shapley regression of all pairs that the sample does not hold; the reference has errors
of its own, which keep every number in this column down. *Another sample*: with the same estimator of another sample of the same size, what a second run would say. *LDS*: the
linear datamodeling score, Spearman's correlation of ${2 * HELD_OUT} held-out payoffs with the sums of the values of who is in. \`proxy\` believes tokens of equal text to be alike, as far
as that explains payoffs; of *texts unknown* it does not. Its own coalitions would be far apart from each other, those of the record were drawn independently.

${tables.join("\n\n")}

What a result says of its ranking is \`uncertainty.ranking\`. Turns or sentences as players, or \`--sampler owen --top K\`, need fewer coalitions for what they tell. The sums of the values
predict held-out payoffs well where the ranking of all tokens is not to be had (LDS): the tokens that matter are found.
`;
}
