import { leavesOf } from "../game/tree.js";
import type { Coalition, Estimator, PlayerTree } from "../game/types.js";
import { bitCount, shapleyWeights } from "../math/combinatorics.js";
import { append } from "../util/arrays.js";
import { float64At, itemAt } from "../util/elements.js";
import { noSamplingError } from "./uncertainty.js";

/** Where a node stands while its children are played: what else is in, how likely, and the payoffs without and with it. */
interface Context {
  readonly weight: number;
  /** Players outside the node that are in. */
  readonly outside: Coalition;
  /** Slot of v(outside). */
  readonly without: number;
  /** Slot of v(outside ∪ node). */
  readonly including: number;
}

/** A marginal contribution of a player: weight · (v[including] − v[without]). */
interface Marginal {
  readonly weight: number;
  readonly without: number;
  readonly including: number;
}

/** All coalitions of Owen's formula besides ∅ and N, and every player's marginals in terms of them. */
export interface OwenPlan {
  /** Slot 0 is ∅, slot 1 is N, slot 2 + k is `coalitions[k]`. */
  readonly coalitions: readonly Coalition[];
  /** By player. */
  readonly marginals: readonly (readonly Marginal[])[];
}

/**
 * Coalitions that Owen's formula needs, ∅ and N included: a node with k children is played in every context that the choices
 * of its ancestors' other children give, with 2^k − 2 new coalitions each.
 */
export function owenCoalitionCount(tree: PlayerTree): number {
  const below = (node: PlayerTree, contexts: number): number => {
    if (typeof node === "number") return 0;
    const k = node.children.length;
    const own = contexts * (2 ** k - 2);
    return node.children.reduce<number>((sum, child) => sum + below(child, contexts * 2 ** (k - 1)), own);
  };
  return 2 + below(tree, 1);
}

/**
 * Owen's value for nested unions: at every node the children play Shapley's game among themselves, averaged over what the
 * unions around them do. @param tree without single-child nodes, every player once
 */
export function planOwen(tree: PlayerTree, n: number): OwenPlan {
  const coalitions: Coalition[] = [];
  const marginals = Array.from({ length: n }, (): Marginal[] => []);
  const visit = (node: PlayerTree, contexts: readonly Context[]): void => {
    if (typeof node === "number") {
      append(marginals[node] ?? [], contexts);
      return;
    }
    const unions = node.children.map(leavesOf);
    const inner = unions.map((): Context[] => []);
    for (const context of contexts) playChildren(context, unions, coalitions, inner);
    for (const [at, child] of node.children.entries()) visit(child, inner[at] ?? []);
  };
  visit(tree, [{ weight: 1, outside: new Uint8Array(n), without: 0, including: 1 }]);
  return { coalitions, marginals };
}

/** Adds the coalitions of one context's children game, and each child's contexts. */
function playChildren(context: Context, unions: readonly (readonly number[])[], coalitions: Coalition[], inner: Context[][]): void {
  const k = unions.length;
  const weights = shapleyWeights(k);
  const last = 2 ** k - 1;
  const sets = Array.from({ length: last + 1 }, (_, bits) => {
    const members = context.outside.slice();
    for (const [at, union] of unions.entries()) if (((bits >> at) & 1) === 1) for (const player of union) members[player] = 1;
    return members;
  });
  const slots = sets.map((members, bits) => {
    if (bits === 0) return context.without;
    if (bits === last) return context.including;
    coalitions.push(members);
    return coalitions.length + 1;
  });
  for (const [bits, outside] of sets.entries()) {
    const weight = context.weight * (weights[bitCount(bits)] ?? 0);
    for (let at = 0; at < k; at++) {
      if (((bits >> at) & 1) === 1) continue;
      inner[at]?.push({ weight, outside, without: itemAt(slots, bits), including: itemAt(slots, bits | (1 << at)) });
    }
  }
}

/** Every player's value from the payoffs of a plan. @param payoffs by slot */
export function owenValues(plan: OwenPlan, payoffs: Float64Array): Float64Array {
  return Float64Array.from(plan.marginals, (marginals) =>
    marginals.reduce(
      (sum, { weight, without, including }) => sum + weight * (float64At(payoffs, including) - float64At(payoffs, without)),
      0,
    ),
  );
}

/** Values from a single round that holds the coalitions of `planOwen`, in order. */
export function exactOwen(tree: PlayerTree, n: number, confidence: number): Estimator {
  const plan = planOwen(tree, n);
  return ({ empty, full, rounds: [first] }) => {
    const payoffs = new Float64Array(plan.coalitions.length + 2);
    payoffs.set([empty, full]);
    payoffs.set(first?.payoffs ?? [], 2);
    const values = owenValues(plan, payoffs);
    return { values, ...noSamplingError(values, confidence), biased: false };
  };
}
