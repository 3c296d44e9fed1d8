import type { PlayerTree } from "../../game/types.js";
import { gaussLegendre, type Quadrature } from "../../math/gauss_legendre.js";
import { float64At } from "../../util/elements.js";
import type { GamePart } from "./game_part.js";
import type { Kernel } from "./kernel.js";
import { NODES } from "./kernel_values.js";

/** A node with what depends on the tree alone. */
interface Level {
  /** A leaf's player; −1 above. */
  readonly player: number;
  readonly children: readonly Level[];
  /** Exact for the products of the node's children. */
  readonly quadrature: Quadrature;
}

/** Owen values of a kernel for one tree of unions. */
export interface TreeValues {
  /** φ_i(k(·, y)) for every row y: row-major count × n. */
  sections(part: GamePart): Float64Array;
  /** Variance of every player's value before anything is played. */
  priorVariances(): Float64Array;
}

/**
 * Owen's value for nested unions of a product kernel. Siblings enter in an order of their own at every level, so that the mean over all
 * contiguous orders is a product over the levels above a player of
 *   ∫₀¹ Π_U ((1−u) Π_{j∈U} κ_j(0, y_j) + u Π_{j∈U} κ_j(1, y_j)) du,   U the siblings of what holds it,
 * times κ_i(1, y_i) − κ_i(0, y_i) (the multilinear extension of Owen 1972, level by level). Of the reverse order every union does what
 * it does of its complement, so that the even part of a game is worth nothing to anyone here too. The kernel's roughness has no part in it.
 * @param tree without single-child nodes, every player once
 */
export function treeValues(tree: PlayerTree, { lowest, interacting, relevance }: Kernel): TreeValues {
  const n = relevance.length;
  const root = levelOf(tree);
  const distinct = relevance.map((length) => Math.exp(-length));
  return {
    sections({ signs, count }) {
      const values = new Float64Array(count * n);
      for (let row = 0; row < count; row++) {
        const own = signs.subarray(row * n, (row + 1) * n);
        const weights = shares(root, (level) => ends(level, own, distinct), aside);
        for (let i = 0; i < n; i++) {
          const sign = own[i] as number;
          values[row * n + i] = sign * (interacting * float64At(weights, i) * (1 - float64At(distinct, i)) + (2 * lowest) / n);
        }
      }
      return values;
    },
    priorVariances() {
      const weights = shares(root, (level) => [1, apart(level, distinct)], bothAside);
      return weights.map((weight, i) => 2 * interacting * weight * (1 - float64At(distinct, i)) + (4 * lowest) / n);
    },
  };
}

function levelOf(tree: PlayerTree): Level {
  if (typeof tree === "number") return { player: tree, children: [], quadrature: gaussLegendre(1) };
  const { children } = tree;
  return { player: -1, children: children.map(levelOf), quadrature: gaussLegendre(Math.min(NODES, Math.ceil(children.length / 2))) };
}

/** What a union is worth out and in: [Π_j κ_j(0, y_j), Π_j κ_j(1, y_j)]. */
type Ends = readonly [out: number, inside: number];

function ends({ player, children }: Level, signs: Int8Array, distinct: Float64Array): Ends {
  if (player >= 0) return signs[player] === 1 ? [float64At(distinct, player), 1] : [1, float64At(distinct, player)];
  let [out, inside] = [1, 1];
  for (const child of children) {
    const [childOut, childInside] = ends(child, signs, distinct);
    out *= childOut;
    inside *= childInside;
  }
  return [out, inside];
}

/** Π_j e^{−ℓ_j}: the kernel of two coalitions of which one holds the union and the other does not. */
function apart({ player, children }: Level, distinct: Float64Array): number {
  return player >= 0 ? float64At(distinct, player) : children.reduce((product, child) => product * apart(child, distinct), 1);
}

/** For each child, the integral over what its siblings do. */
type Aside = (unions: readonly Ends[], quadrature: Quadrature) => Float64Array;

/** Product over the levels above each player of its union's integral. */
function shares(root: Level, endsOf: (level: Level) => Ends, aside: Aside): Float64Array {
  const weights: number[] = [];
  const visit = ({ player, children, quadrature }: Level, weight: number): void => {
    if (player >= 0) weights[player] = weight;
    const parts = aside(children.map(endsOf), quadrature);
    for (const [at, child] of children.entries()) visit(child, weight * float64At(parts, at));
  };
  visit(root, 1);
  return Float64Array.from(weights);
}

/** ∫ Π (1−u) out + u in du over one order. */
function aside(unions: readonly Ends[], { nodes, weights }: Quadrature): Float64Array {
  const parts = new Float64Array(unions.length);
  for (const [node, u] of nodes.entries()) addNode(parts, float64At(weights, node), unions, u);
  return parts;
}

/** The same over two orders at once: a union is in one and not in the other with probability u + w − 2uw. */
function bothAside(unions: readonly Ends[], { nodes, weights }: Quadrature): Float64Array {
  const parts = new Float64Array(unions.length);
  for (const [a, u] of nodes.entries()) {
    for (const [b, w] of nodes.entries()) addNode(parts, float64At(weights, a) * float64At(weights, b), unions, u + w - 2 * u * w);
  }
  return parts;
}

function addNode(parts: Float64Array, weight: number, unions: readonly Ends[], share: number): void {
  const factors = unions.map(([out, inside]) => (1 - share) * out + share * inside);
  const product = factors.reduce((all, factor) => all * factor, weight);
  for (const [at, factor] of factors.entries()) parts[at] = float64At(parts, at) + product / factor;
}
