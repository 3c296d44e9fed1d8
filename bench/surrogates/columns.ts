import type { Played, Round } from "../../src/game/types.js";
import { createRng } from "../../src/random.js";
import { drawCoveringPairs } from "../../src/shapley/covering_pairs.js";
import { fitPairs } from "../../src/shapley/pair_fit.js";
import { eachClass, type PairedDesign, type PairPlan, samplePairs } from "../../src/shapley/paired_sample.js";
import { spacedPlan } from "../../src/shapley/spaced_pairs.js";
import { drawPairs } from "../../src/shapley/subsets.js";
import { oddPart } from "../../src/shapley/surrogate/odd_part.js";
import { posterior } from "../../src/shapley/surrogate/posterior.js";
import { fitSurrogate } from "../../src/shapley/surrogate/surrogate.js";
import { gameOf, type TableGame } from "../estimators/games.js";
import { boostTrees, type TreeOptions } from "./boosted_trees.js";

type Estimator = (played: Played<PairedDesign>, n: number) => Float64Array;

/** A design with what is made of its payoffs. */
export interface Column {
  readonly name: string;
  readonly plan: PairPlan;
  readonly estimate: Estimator;
}

const equal: PairPlan = { mass: () => 1, draw: eachClass(drawPairs) };
const kernel: PairPlan = { mass: (size, n) => 1 / (size * (n - size)), draw: eachClass(drawPairs) };
const covering: PairPlan = { ...kernel, draw: eachClass(drawCoveringPairs) };
const spaced = spacedPlan(kernel.mass);

const regression: Estimator = (played, n) => fitPairs(played, n).values;

const gaussian: Estimator = (played, n) => {
  const surrogate = fitSurrogate(oddPart(played, n));
  return surrogate === null ? regression(played, n) : posterior(surrogate).values;
};

/** Trees, and the regression of what they leave. */
const trees =
  (options: TreeOptions): Estimator =>
  (played, n) => {
    const coalitions = [new Uint8Array(n), new Uint8Array(n).fill(1), ...played.rounds.flatMap((round) => round.coalitions)];
    const payoffs = [played.empty, played.full, ...played.rounds.flatMap((round) => [...round.payoffs])];
    const { values, residuals } = boostTrees(coalitions, payoffs, n, options);
    let from = 2;
    const rounds = played.rounds.map((round) => {
      const rest = residuals.slice(from, from + round.payoffs.length);
      from += rest.length;
      return { ...round, payoffs: rest };
    });
    const left = regression({ empty: residuals[0] as number, full: residuals[1] as number, rounds }, n);
    return left.map((value, i) => value + (values[i] as number));
  };

export const COLUMNS: readonly Column[] = [
  { name: "regression, equal sizes", plan: equal, estimate: regression },
  { name: "regression, kernel's sizes", plan: kernel, estimate: regression },
  { name: "trees 3 × 100", plan: equal, estimate: trees({ trees: 100, depth: 3, rate: 0.1 }) },
  { name: "trees 4 × 300", plan: equal, estimate: trees({ trees: 300, depth: 4, rate: 0.1 }) },
  { name: "process, equal sizes", plan: equal, estimate: gaussian },
  { name: "process, kernel's sizes", plan: kernel, estimate: gaussian },
  { name: "process, kernel's sizes, every player reached", plan: covering, estimate: gaussian },
  { name: "process, kernel's sizes, spaced (`proxy`)", plan: spaced, estimate: gaussian },
];

const NOTHING = new Float64Array(0);

/** Shapley values as a column estimates them. */
export async function valuesOf({ plan, estimate }: Column, game: TableGame, budget: number, seed: number): Promise<Float64Array> {
  return estimate(await playPairs(game, budget, plan, seed), game.n);
}

/** Equal seeds for all columns of a design. */
async function playPairs(game: TableGame, budget: number, plan: PairPlan, seed: number): Promise<Played<PairedDesign>> {
  const drawn = Array.from(drawnBy(game, budget, plan, seed));
  const table = gameOf(game);
  const rounds = await Promise.all(drawn.map(async (round) => ({ ...round, payoffs: await table.evaluate(round.coalitions, {}) })));
  return { empty: game.table[0] as number, full: game.table.at(-1) as number, rounds };
}

function* drawnBy({ n, name }: TableGame, budget: number, plan: PairPlan, seed: number): Generator<Round<PairedDesign>, void, undefined> {
  const sampler = samplePairs(n, budget, plan, createRng(`${name} ${seed}`));
  // A sampler that does not look at payoffs is told none.
  for (let step = sampler.next(NOTHING); step.done !== true; step = sampler.next(NOTHING)) yield step.value;
}
