import { ExplainError } from "../errors.js";
import { permutation, type Rng } from "../random.js";
import type { PlayerTree } from "./types.js";

/** Players 0…n−1 under one root. */
export const flatTree = (n: number): PlayerTree => ({ name: "all players", children: Array.from({ length: n }, (_, i) => i) });

/** The players under a node, in the tree's order. */
export function leavesOf(tree: PlayerTree): readonly number[] {
  return typeof tree === "number" ? [tree] : tree.children.flatMap(leavesOf);
}

/**
 * The tree without nodes that have one child or none, which change no value.
 * @throws ExplainError where its leaves are not 0…n−1, each once.
 */
export function checkedTree(tree: PlayerTree, n: number): PlayerTree {
  const seen = new Uint8Array(n);
  for (const player of leavesOf(tree)) {
    if (!Number.isInteger(player) || player < 0 || player >= n) throw new ExplainError(`the tree has a player ${player}; there are ${n}`);
    if (seen[player] === 1) throw new ExplainError(`player ${player} stands twice in the tree`);
    seen[player] = 1;
  }
  const missing = seen.indexOf(0);
  if (missing >= 0) throw new ExplainError(`player ${missing} is not in the tree`);
  return collapsed(tree) ?? flatTree(n);
}

function collapsed(tree: PlayerTree): PlayerTree | null {
  if (typeof tree === "number") return tree;
  const children = tree.children.map(collapsed).filter((child) => child !== null);
  if (children.length <= 1) return children[0] ?? null;
  return { name: tree.name, children };
}

/** A uniform order among those that keep the players of every node together. */
export function drawContiguousOrder(tree: PlayerTree, rng: Rng): Int32Array {
  const order: number[] = [];
  const walk = (node: PlayerTree): void => {
    if (typeof node === "number") {
      order.push(node);
      return;
    }
    for (const at of permutation(node.children.length, rng)) walk(node.children[at] as PlayerTree);
  };
  walk(tree);
  return Int32Array.from(order);
}
