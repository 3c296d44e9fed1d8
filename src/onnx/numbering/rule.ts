import { BOOL, INT32, INT64 } from "../onnx_encode.js";
import { type Dim, times } from "./dims.js";
import type { HeldNode, HeldTensor } from "./nodes.js";

/** What is known of a tensor before a graph is run. */
export interface Fact {
  /** ONNX element type; 0 where it is not known. */
  readonly type: number;
  /** null where it is not known. */
  readonly shape: readonly Dim[] | null;
  /** Of whole numbers, row-major; null where they are not known. */
  readonly values: readonly Dim[] | null;
}

export const UNKNOWN: Fact = { type: 0, shape: null, values: null };

/** What a rule is told of a node. */
export interface Ruled {
  readonly node: HeldNode;
  /** Of its inputs; null stands for one that is left out. */
  readonly inputs: readonly (Fact | null)[];
  /** A number that is not known, the same one for the same reasons. */
  readonly opaque: (...reasons: readonly unknown[]) => Dim;
}

/** Facts of a node's outputs, the first of which may be all that is known. */
export type Rule = (ruled: Ruled) => readonly Fact[];

/** More whole numbers than that are no shape. */
const FEW = 64;

export const known = (type: number, shape: readonly Dim[] | null, values: readonly Dim[] | null = null): readonly Fact[] => [
  { type, shape, values: type === INT64 || type === INT32 || type === BOOL ? values : null },
];
export const first = ({ inputs: [one] }: Ruled): Fact => one ?? UNKNOWN;
export const at = ({ inputs }: Ruled, place: number): Fact => inputs[place] ?? UNKNOWN;
export const integer = ({ node }: Ruled, name: string, otherwise: number): number => node.integers.get(name)?.[0] ?? otherwise;
export const product = (dims: readonly Dim[]): Dim => dims.reduce((all, dim) => times(all, dim), 1);
export const plain = (values: readonly Dim[] | null): readonly number[] | null =>
  values?.every((value) => typeof value === "number") === true ? (values as readonly number[]) : null;

/** As the first input, number by number. */
export const alike: Rule = (ruled) => known(first(ruled).type, first(ruled).shape);

/** How many numbers a tensor has; null where that is not known, or they are many. */
export function plainCount(shape: readonly Dim[]): number | null {
  const count = product(shape);
  return typeof count === "number" && count <= FEW ? count : null;
}

/** Axes of a node: an attribute, or from later versions on an input. */
export function axesOf(ruled: Ruled, place: number): readonly number[] | null {
  return ruled.node.integers.get("axes") ?? plain(ruled.inputs[place]?.values ?? null);
}

export const fromEnd = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Of a weight. */
export const factOf = ({ type, dims, values }: HeldTensor): Fact => ({ type, shape: dims, values });
