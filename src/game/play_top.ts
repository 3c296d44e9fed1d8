import { METHODS } from "../shapley/registry.js";
import { checkedTree, leavesOf } from "../shapley/tree.js";
import { mergeGame } from "./merge.js";
import { type Outcome, type PlayOptions, play } from "./play.js";
import type { Game, PlayerTree } from "./types.js";

export interface PlayTopOptions extends PlayOptions {
  /** How many of the heaviest unions are refined to their players. */
  readonly top: number;
  readonly confidence: number;
}

/** A union that was played as one, or a single player. */
export interface PlayedUnion {
  /** The node's name in the tree; null for a single player. */
  readonly name: string | null;
  /** Its players, ascending. */
  readonly players: readonly number[];
}

export interface TopOutcome {
  /** What `outcome` has values for, in order. */
  readonly unions: readonly PlayedUnion[];
  /** The game with the heaviest unions refined. */
  readonly outcome: Outcome;
  /** The first, coarse game, one value for each node right below the tree's root. */
  readonly coarse: { readonly unions: readonly PlayedUnion[]; readonly outcome: Outcome };
}

/** Share of the budget that the coarse game may take; the rest refines. */
const COARSE_SHARE = 0.25;

/**
 * Plays the coarse game among the unions right below the tree's root, then refines the heaviest of them to their players; the rest
 * stay whole, and the result says so. Both games are hierarchical (Owen), so that a union's value is that of its players together.
 * @throws BudgetError where the budget does not pay for both games.
 */
export async function playTop(game: Game, tree: PlayerTree, options: PlayTopOptions): Promise<TopOutcome> {
  const root = checkedTree(tree, game.players);
  const nodes = typeof root === "number" ? [root] : root.children;
  const coarseBudget = Math.max(nodes.length + 1, Math.floor(options.budget * COARSE_SHARE));
  const coarse = await playCut(game, cutTree(nodes, new Set()), { ...options, budget: coarseBudget, rng: options.rng.fork("coarse") });
  const heaviest = heaviestOf(coarse.outcome.estimate.values, options.top);
  const budget = options.budget - coarse.outcome.spent.distinct;
  return { ...(await playCut(game, cutTree(nodes, heaviest), { ...options, budget, rng: options.rng.fork("refined") })), coarse };
}

interface Cut {
  readonly unions: readonly PlayedUnion[];
  /** Over positions in `unions`. */
  readonly tree: PlayerTree;
}

/** Nodes in `refine` down to their players, the others whole. */
function cutTree(nodes: readonly PlayerTree[], refine: ReadonlySet<number>): Cut {
  const unions: PlayedUnion[] = [];
  const leaf = (name: string | null, players: readonly number[]): number => unions.push({ name, players }) - 1;
  const relabel = (node: PlayerTree): PlayerTree =>
    typeof node === "number" ? leaf(null, [node]) : { name: node.name, children: node.children.map(relabel) };
  const children = nodes.map((node, at) => {
    if (typeof node === "number" || refine.has(at)) return relabel(node);
    return leaf(
      node.name,
      leavesOf(node).toSorted((a, b) => a - b),
    );
  });
  return { unions, tree: { name: "all players", children } };
}

async function playCut(game: Game, { unions, tree }: Cut, options: PlayTopOptions) {
  const merged = mergeGame(
    game,
    unions.map(({ players }) => players),
  );
  return { unions, outcome: await play(merged, METHODS.owen.create({ confidence: options.confidence, tree }), options) };
}

/** Positions of the `top` values that are largest in size. */
function heaviestOf(values: Float64Array, top: number): ReadonlySet<number> {
  const order = Array.from(values.keys()).sort((a, b) => Math.abs(values[b] as number) - Math.abs(values[a] as number));
  return new Set(order.slice(0, top));
}
