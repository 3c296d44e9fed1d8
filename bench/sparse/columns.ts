import { play } from "../../src/game/play.js";
import type { Coalition, Game, Method } from "../../src/game/types.js";
import { createRng, type Rng } from "../../src/random.js";
import { METHODS } from "../../src/shapley/registry.js";
import { lasso, standardisedLasso } from "../long/lasso.js";
import type { RecordedGame } from "./record.js";

/** A way to values of the players. */
export interface Column {
  readonly name: string;
  /** The least coalitions that it plays with. */
  readonly least: (players: number) => number;
  /** @throws NotRecorded where a coalition that it draws was never played. */
  values(game: RecordedGame, budget: number, seed: number): Promise<Float64Array>;
}

/** context-cite's defaults: each sentence stays with this probability, and this is the penalty of its lasso. */
const KEPT = 0.5;
const PENALTY = 0.01;
const OPTIONS = { confidence: 0.95 } as const;

export const COLUMNS: readonly Column[] = [
  { name: "context-cite", least: () => 1, values: async (game, budget, seed) => contextCite(game, await flipped(game, budget, seed)) },
  {
    name: "lasso, penalty by folds",
    least: () => 1,
    values: async (game, budget, seed) => crossValidated(await flipped(game, budget, seed)),
  },
  {
    name: "`proxy`",
    least: METHODS.proxy.minBudget,
    values: async (game, budget, seed) => await played(game, METHODS.proxy.create(OPTIONS), budget, seed),
  },
  {
    name: "regression (`kernel`)",
    least: METHODS.kernel.minBudget,
    values: async (game, budget, seed) => await regressed(game, budget, seed),
  },
];

async function played<D>(game: Game, method: Method<D>, budget: number, seed: number): Promise<Float64Array> {
  const { estimate } = await play(game, method, { budget, rng: createRng(`seed ${seed}`) });
  return estimate.values;
}

/** Shapley's regression of the coalitions that `proxy` plays. */
async function regressed(game: Game, budget: number, seed: number): Promise<Float64Array> {
  const { sample } = METHODS.proxy.create(OPTIONS);
  return await played(game, { ...METHODS.kernel.create(OPTIONS), sample }, budget, seed);
}

/** Ablations with their payoffs. */
interface Flipped {
  readonly rows: readonly Coalition[];
  readonly payoffs: readonly number[];
}

/** Of one seed, a larger budget's hold a smaller one's. */
async function flipped(game: Game, budget: number, seed: number): Promise<Flipped> {
  const rows = flips(game.players, budget, createRng(`flips ${seed}`));
  return { rows, payoffs: [...(await game.evaluate(rows, {}))] };
}

/** Coalitions with every player in or out as a coin falls. */
export function flips(players: number, count: number, rng: Rng): readonly Coalition[] {
  return Array.from({ length: count }, () => Uint8Array.from({ length: players }, () => (rng.float() < KEPT ? 1 : 0)));
}

/** Lasso of its default penalty on the logit of the answer's probability, a token. */
function contextCite({ steps }: RecordedGame, { rows, payoffs }: Flipped): Float64Array {
  const logits = payoffs.map((payoff) => (steps * payoff - Math.log1p(-Math.exp(steps * payoff))) / steps);
  return standardisedLasso(rows, logits, PENALTY).slopes;
}

const crossValidated = ({ rows, payoffs }: Flipped): Float64Array => lasso(rows, payoffs).slopes;
