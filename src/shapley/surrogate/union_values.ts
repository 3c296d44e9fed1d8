import { leavesOf } from "../../game/tree.js";
import type { PlayerTree } from "../../game/types.js";
import { gaussLegendre, type Quadrature } from "../../math/gauss_legendre.js";
import { sum } from "../../util/arrays.js";
import { addAt, float64At } from "../../util/elements.js";
import type { GamePart } from "./game_part.js";
import type { Kernel } from "./kernel.js";
import { addCommon, additiveVariances, NODES, type Valuation } from "./kernel_values.js";

/**
 * Owen values for nested unions of the kernel as a game. Owen's value is the mean slope of the multilinear extension where every level of the tree has a
 * diagonal of its own (Owen 1972, 1977): beside player i, siblings of i are in with probability u₁, siblings of its union, each as a whole, with u₂, and so on,
 * all u independent and uniform. Of a product kernel that is a product of one integral a level:
 *   φ_i = (κ_i(1, y_i) − κ_i(0, y_i)) Π_levels ∫₀¹ Π_siblings b ((1−u) κ_b(0, y_b) + u κ_b(1, y_b)) du,   κ_b = Π_{j∈b} κ_j.
 * Payoffs that no structure explains are worth nothing here: which coalition has them is chance.
 * @param tree without single-child nodes, every player once
 */
export const unionValuation = (tree: PlayerTree): Valuation => ({
  sections: (part, kernel) => unionSections(part, kernel, tree),
  variances: (kernel, n) => unionVariances(kernel, n, tree),
});

/** Row-major count × n, as `sectionValues`. */
function unionSections({ signs, players: n, count }: GamePart, kernel: Kernel, tree: PlayerTree): Float64Array {
  const values = new Float64Array(count * n);
  const quadrature = gaussLegendre(Math.min(NODES, Math.ceil(n / 2)));
  for (let row = 0; row < count; row++) {
    const [ofRow, rowSigns] = [values.subarray(row * n, (row + 1) * n), signs.subarray(row * n, (row + 1) * n)];
    visitUnions(tree, kernel.interacting, {
      factors: (unions) =>
        unions.map((members) => {
          const away = (from: number) => sum(members.map((i) => (rowSigns[i] === from ? 0 : float64At(kernel.relevance, i))));
          return { absent: Math.exp(-away(-1)), present: Math.exp(-away(1)) };
        }),
      means: (factors) => meansOfOthers(factors, quadrature),
      player: (i, product) => {
        const sign = rowSigns[i] as number;
        ofRow[i] = sign * (1 - Math.exp(-float64At(kernel.relevance, i))) * product + (2 * kernel.lowest * sign) / n;
      },
    });
    addCommon(ofRow, rowSigns, kernel);
  }
  return values;
}

/** As `priorVariances`: both arguments of the kernel are valued, with diagonals of their own. */
function unionVariances(kernel: Kernel, n: number, tree: PlayerTree): Float64Array {
  const variances = additiveVariances(kernel);
  const quadrature = gaussLegendre(Math.min(NODES, Math.ceil(n / 2)));
  visitUnions(tree, 2 * kernel.interacting, {
    factors: (unions) =>
      unions.map((members) => ({ absent: 1, present: Math.exp(-sum(members.map((i) => float64At(kernel.relevance, i)))) })),
    means: (factors) => meansOfOthersTwice(factors, quadrature),
    player: (i, product) => addAt(variances, i, product * (1 - Math.exp(-float64At(kernel.relevance, i)))),
  });
  return variances;
}

/** What a union multiplies a kernel by while it is out and while it is in; of two draws: while they agree and while they do not. */
interface Factor {
  readonly absent: number;
  readonly present: number;
}

interface Visitor {
  readonly factors: (unions: readonly (readonly number[])[]) => readonly Factor[];
  /** Of every child, the mean product of all others' factors. */
  readonly means: (factors: readonly Factor[]) => Float64Array;
  /** @param product of all the means above the player. */
  readonly player: (player: number, product: number) => void;
}

function visitUnions(node: PlayerTree, product: number, visitor: Visitor): void {
  if (typeof node === "number") {
    visitor.player(node, product);
    return;
  }
  const means = visitor.means(visitor.factors(node.children.map(leavesOf)));
  for (const [at, child] of node.children.entries()) visitUnions(child, product * float64At(means, at), visitor);
}

function meansOfOthers(factors: readonly Factor[], { nodes, weights }: Quadrature): Float64Array {
  const means = new Float64Array(factors.length);
  for (const [node, u] of nodes.entries()) addOthers(means, factors, u, float64At(weights, node));
  return means;
}

/** Two draws with probabilities u and w disagree about a union with u + w − 2uw. */
function meansOfOthersTwice(factors: readonly Factor[], { nodes, weights }: Quadrature): Float64Array {
  const means = new Float64Array(factors.length);
  for (const [a, u] of nodes.entries()) {
    for (const [b, w] of nodes.entries()) addOthers(means, factors, u + w - 2 * u * w, float64At(weights, a) * float64At(weights, b));
  }
  return means;
}

/** Adds weight · Π_{b≠a} ((1−u) absent_b + u present_b) to every a: products from the left times products from the right, as factors may be zero. */
function addOthers(means: Float64Array, factors: readonly Factor[], u: number, weight: number): void {
  const values = factors.map(({ absent, present }) => (1 - u) * absent + u * present);
  const left = new Float64Array(values.length);
  let product = weight;
  for (const [at, value] of values.entries()) {
    left[at] = product;
    product *= value;
  }
  product = 1;
  for (let at = values.length - 1; at >= 0; at--) {
    addAt(means, at, float64At(left, at) * product);
    product *= values[at] as number;
  }
}
