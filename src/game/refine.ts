import { float64At } from "../util/elements.js";
import { mergeGame } from "./merge.js";
import { type Outcome, type PlayOptions, play } from "./play.js";
import { checkedTree, leavesOf } from "./tree.js";
import type { Game, Method, PlayerTree, PlayerUnion } from "./types.js";

export interface RefineOptions extends PlayOptions {
  /** How many of the heaviest unions are refined to their players. */
  readonly top: number;
  /** A hierarchical method for a tree: it keeps unions together, so that a union's value is that of its players together. */
  readonly methodFor: (tree: PlayerTree) => Method<unknown>;
}

export interface RefinedOutcome {
  /** What `outcome` has values for, in order. */
  readonly unions: readonly PlayerUnion[];
  /** The game with the heaviest unions refined. */
  readonly outcome: Outcome;
  /** The first, coarse game, one value for each node right below the tree's root. */
  readonly coarse: { readonly unions: readonly PlayerUnion[]; readonly outcome: Outcome };
}

/** Share of the budget that the coarse game may take; the rest refines. */
const COARSE_SHARE = 0.25;

/**
 * Plays the coarse game among the unions right below the tree's root, then refines the heaviest of them to their players; the rest
 * stay whole, and the result says so.
 * @throws BudgetError where the budget does not pay for both games.
 */
export async function playRefined(game: Game, tree: PlayerTree, options: RefineOptions): Promise<RefinedOutcome> {
  const root = checkedTree(tree, game.players);
  const nodes = typeof root === "number" ? [root] : root.children;
  const coarseBudget = Math.max(nodes.length + 1, Math.floor(options.budget * COARSE_SHARE));
  const coarse = await playCut(game, cutTree(nodes, new Set()), { ...options, budget: coarseBudget, rng: options.rng.fork("coarse") });
  const heaviest = heaviestOf(coarse.outcome.estimate.values, options.top);
  const budget = options.budget - coarse.outcome.spent.distinct;
  return { ...(await playCut(game, cutTree(nodes, heaviest), { ...options, budget, rng: options.rng.fork("refined") })), coarse };
}

interface Cut {
  readonly unions: readonly PlayerUnion[];
  /** Over positions in `unions`. */
  readonly tree: PlayerTree;
}

/** Nodes in `refine` down to their players, the others whole. */
function cutTree(nodes: readonly PlayerTree[], refine: ReadonlySet<number>): Cut {
  const unions: PlayerUnion[] = [];
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

async function playCut(game: Game, { unions, tree }: Cut, options: RefineOptions) {
  const merged = mergeGame(
    game,
    unions.map(({ players }) => players),
  );
  return { unions, outcome: await play(merged, options.methodFor(tree), options) };
}

/** Positions of the `top` values that are largest in size. */
function heaviestOf(values: Float64Array, top: number): ReadonlySet<number> {
  const order = Array.from(values.keys()).sort((a, b) => Math.abs(float64At(values, b)) - Math.abs(float64At(values, a)));
  return new Set(order.slice(0, top));
}
