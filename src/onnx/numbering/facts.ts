import { BOOL, INT32, INT64 } from "../onnx_encode.js";
import { broadcast, type Dim, isNotNegative, isPositive, plus, quotient, times } from "./dims.js";
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
type Rule = (ruled: Ruled) => readonly Fact[];

/** More whole numbers than that are no shape. */
const FEW = 64;
/** Ends that mean "to the end". */
const NO_END = 2 ** 31 - 1;

const known = (type: number, shape: readonly Dim[] | null, values: readonly Dim[] | null = null): readonly Fact[] => [
  { type, shape, values: type === INT64 || type === INT32 || type === BOOL ? values : null },
];
const first = ({ inputs: [one] }: Ruled): Fact => one ?? UNKNOWN;
const at = ({ inputs }: Ruled, place: number): Fact => inputs[place] ?? UNKNOWN;
const integer = ({ node }: Ruled, name: string, otherwise: number): number => node.integers.get(name)?.[0] ?? otherwise;
const product = (dims: readonly Dim[]): Dim => dims.reduce((all, dim) => times(all, dim), 1);
const plain = (values: readonly Dim[] | null): readonly number[] | null =>
  values?.every((value) => typeof value === "number") === true ? (values as readonly number[]) : null;

/** As the first input, number by number. */
const alike: Rule = (ruled) => known(first(ruled).type, first(ruled).shape);

/** Numbers of as many as both, and what becomes of whole ones. */
function paired(what: (a: Dim, b: Dim, ruled: Ruled) => Dim, type?: number): Rule {
  return (ruled) => {
    const [a, b] = [first(ruled), at(ruled, 1)];
    const shape = a.shape === null || b.shape === null ? null : broadcast(a.shape, b.shape);
    const values = together([a, b], shape)?.map(([x, y]) => what(x ?? 0, y ?? 0, ruled)) ?? null;
    return known(type ?? a.type, shape, values);
  };
}

/** Values of several tensors side by side, of as many as they are together; null where they are not known, or not to be laid side by side simply. */
function together(facts: readonly Fact[], shape: readonly Dim[] | null): readonly (readonly Dim[])[] | null {
  if (shape === null || facts.some(({ values }) => values === null)) return null;
  const count = plainCount(shape);
  const rows = facts.map(({ values }) => values ?? []);
  if (count === null || rows.some(({ length }) => length !== count && length !== 1)) return null;
  return Array.from({ length: count }, (_, i) => rows.map((values) => values[values.length === 1 ? 0 : i] ?? 0));
}

function plainCount(shape: readonly Dim[]): number | null {
  const count = product(shape);
  return typeof count === "number" && count <= FEW ? count : null;
}

const minus = (a: Dim, b: Dim): Dim => plus(a, times(-1, b));

function divided(a: Dim, b: Dim, { opaque }: Ruled): Dim {
  if (typeof a === "number" && typeof b === "number" && b !== 0) return Math.trunc(a / b);
  return (b === 0 ? null : quotient(a, b)) ?? opaque("÷", a, b);
}

function equal(a: Dim, b: Dim, { opaque }: Ruled): Dim {
  if (a === b) return 1;
  if (typeof a === "number" && typeof b === "number") return 0;
  const [known, other] = typeof a === "number" ? [a, b] : [b, a];
  if (typeof known === "number" && ((known < 0 && isNotNegative(other)) || (known === 0 && isPositive(other)))) return 0;
  return opaque("=", a, b);
}

/** Axes of a node: an attribute, or from later versions on an input. */
function axesOf(ruled: Ruled, place: number): readonly number[] | null {
  return ruled.node.integers.get("axes") ?? plain(ruled.inputs[place]?.values ?? null);
}

const fromEnd = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

const unsqueeze: Rule = (ruled) => {
  const { type, shape, values } = first(ruled);
  const axes = axesOf(ruled, 1);
  if (shape === null || axes === null) return known(type, null);
  const out: Dim[] = [...shape];
  for (const axis of axes.map((one) => fromEnd(one, shape.length + axes.length)).sort((a, b) => a - b)) out.splice(axis, 0, 1);
  return known(type, out, values);
};

const squeeze: Rule = (ruled) => {
  const { type, shape, values } = first(ruled);
  const axes = axesOf(ruled, 1);
  if (shape === null || axes === null) return known(type, null);
  const gone = new Set(axes.map((axis) => fromEnd(axis, shape.length)));
  return known(
    type,
    shape.filter((_, axis) => !gone.has(axis)),
    values,
  );
};

const concat: Rule = (ruled) => {
  const facts = ruled.inputs.map((fact) => fact ?? UNKNOWN);
  const [one = UNKNOWN] = facts;
  const shapes = facts.map(({ shape }) => shape);
  const rank = one.shape?.length ?? 0;
  if (shapes.some((shape) => shape?.length !== rank) || rank === 0) return known(one.type, null);
  const axis = fromEnd(integer(ruled, "axis", 0), rank);
  // Other axes are equal: what one input tells of them holds for all.
  const out = Array.from({ length: rank }, (_, i): Dim => {
    const sizes = shapes.map((shape) => shape?.[i] ?? 0);
    return i === axis ? sizes.reduce(plus, 0) : (sizes.find((size) => typeof size === "number") ?? sizes[0] ?? 0);
  });
  const values = rank === 1 && facts.every((fact) => fact.values !== null) ? facts.flatMap((fact) => fact.values ?? []) : null;
  return known(one.type, out, values);
};

const gather: Rule = (ruled) => {
  const [data, picked] = [first(ruled), at(ruled, 1)];
  if (data.shape === null || picked.shape === null) return known(data.type, null);
  const axis = fromEnd(integer(ruled, "axis", 0), data.shape.length);
  const shape = [...data.shape.slice(0, axis), ...picked.shape, ...data.shape.slice(axis + 1)];
  const places = plain(picked.values);
  const { values } = data;
  const taken = values === null || data.shape.length !== 1 ? null : places?.map((place) => values[fromEnd(place, values.length)]);
  return known(data.type, shape, taken?.every((value) => value !== undefined) === true ? (taken as readonly Dim[]) : null);
};

const shapeOf: Rule = (ruled) => {
  const { shape } = first(ruled);
  if (shape === null) return known(INT64, null);
  const bound = (name: string, otherwise: number): number =>
    Math.min(shape.length, Math.max(0, fromEnd(integer(ruled, name, otherwise), shape.length)));
  const values = shape.slice(bound("start", 0), bound("end", shape.length));
  return known(INT64, [values.length], values);
};

const reshape: Rule = (ruled) => {
  const data = first(ruled);
  const wanted = at(ruled, 1).values;
  if (wanted === null || integer(ruled, "allowzero", 0) !== 0) return known(data.type, null);
  const shape = reshaped(data.shape, wanted);
  return known(data.type, shape, shape === null ? null : data.values);
};

/** Sizes as they are asked for: 0 = as it is, −1 = what is left. What is not known must not be either of them. */
function reshaped(from: readonly Dim[] | null, wanted: readonly Dim[]): readonly Dim[] | null {
  const out: Dim[] = [];
  let open: number | null = null;
  for (const [axis, size] of wanted.entries()) {
    const same = size === 0 ? from?.[axis] : size;
    if (size === -1) open = axis;
    if (same === undefined || (size !== -1 && size !== 0 && !isPositive(size))) return null;
    out.push(size === -1 ? 1 : same);
  }
  if (open === null) return out;
  const left = from === null ? null : quotient(product(from), product(out));
  if (left === null) return null;
  out[open] = left;
  return out;
}

const expand: Rule = (ruled) => {
  const { type, shape } = first(ruled);
  const { values } = at(ruled, 1);
  return known(type, shape === null || values === null ? null : broadcast(shape, values));
};

const transpose: Rule = (ruled) => {
  const { type, shape } = first(ruled);
  const order = ruled.node.integers.get("perm") ?? shape?.map((_, axis) => shape.length - 1 - axis);
  return known(type, shape === null ? null : (order ?? []).map((axis) => shape[axis] ?? 0));
};

const matMul: Rule = (ruled) => {
  const [a, b] = [first(ruled), at(ruled, 1)];
  if (a.shape === null || b.shape === null || a.shape.length < 2 || b.shape.length < 2) return known(a.type, null);
  const many = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return known(a.type, many === null ? null : [...many, a.shape.at(-2) ?? 0, b.shape.at(-1) ?? 0]);
};

/** Weights packed in blocks: the attribute `N` tells their columns. */
const packedMatMul: Rule = (ruled) => {
  const { type, shape } = first(ruled);
  const columns = ruled.node.integers.get("N")?.[0];
  return known(type, shape === null || columns === undefined ? null : [...shape.slice(0, -1), columns]);
};

const reduce: Rule = (ruled) => {
  const { type, shape } = first(ruled);
  const axes = axesOf(ruled, 1);
  if (shape === null || axes === null || axes.length === 0) return known(type, null);
  const gone = new Set(axes.map((axis) => fromEnd(axis, shape.length)));
  const out =
    integer(ruled, "keepdims", 1) === 0 ? shape.filter((_, axis) => !gone.has(axis)) : shape.map((dim, axis) => (gone.has(axis) ? 1 : dim));
  return known(type, out);
};

const slice: Rule = (ruled) => {
  const { type, shape, values } = first(ruled);
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((place) => (ruled.inputs[place] == null ? undefined : ruled.inputs[place].values));
  const along = axes === undefined ? starts?.map((_, axis) => axis) : plain(axes);
  const ones = steps === undefined || steps?.every((step) => step === 1) === true;
  if (shape === null || starts == null || ends == null || along == null || !ones) return known(type, null);
  const out = [...shape];
  for (const [i, axis] of along.entries()) {
    const place = fromEnd(axis, shape.length);
    out[place] = sliced(out[place] ?? 0, starts[i] ?? 0, ends[i] ?? 0, ruled);
  }
  const [start, end] = [starts[0], ends[0]];
  const cut = shape.length === 1 && typeof start === "number" && typeof end === "number" ? (values?.slice(start, end) ?? null) : null;
  return known(type, out, cut);
};

function sliced(size: Dim, start: Dim, end: Dim, { opaque }: Ruled): Dim {
  if (typeof size === "number" && typeof start === "number" && typeof end === "number") {
    const within = (place: number): number => Math.min(size, Math.max(0, fromEnd(place, size)));
    return Math.max(0, within(end) - within(start));
  }
  if (start === 0 && (end === size || (typeof end === "number" && end >= NO_END))) return size;
  return opaque("slice", size, start, end);
}

const where: Rule = (ruled) => {
  const [chosen, a, b] = [first(ruled), at(ruled, 1), at(ruled, 2)];
  const both = a.shape === null || b.shape === null ? null : broadcast(a.shape, b.shape);
  const shape = both === null || chosen.shape === null ? null : broadcast(both, chosen.shape);
  const rows = together([chosen, a, b], shape);
  const values = rows?.map(([c = 0, x = 0, y = 0]) => (typeof c === "number" ? (c === 0 ? y : x) : ruled.opaque("where", c, x, y))) ?? null;
  return known(a.type, shape, values);
};

const constantOfShape: Rule = (ruled) => {
  const { tensor } = ruled.node;
  const shape = first(ruled).values;
  const count = shape === null ? null : plainCount(shape);
  const value = tensor?.values?.[0];
  return known(tensor?.type ?? 1, shape, count === null || value === undefined ? null : new Array<Dim>(count).fill(value));
};

const range: Rule = (ruled) => {
  const [start, limit, step] = [0, 1, 2].map((place) => at(ruled, place).values?.[0]);
  const length = start === undefined || limit === undefined || step !== 1 ? null : minus(limit, start);
  return known(first(ruled).type, length !== null && isNotNegative(length) ? [length] : null);
};

/** Casts between whole numbers keep them where they fit. */
const cast: Rule = (ruled) => {
  const { shape, values } = first(ruled);
  const to = integer(ruled, "to", 0);
  const large = plain(values)?.some((value) => Math.abs(value) >= 2 ** 31) === true;
  return known(to, shape, to === BOOL || (to === INT32 && large) ? null : values);
};

const flatten: Rule = (ruled) => {
  const { type, shape } = first(ruled);
  const axis = fromEnd(integer(ruled, "axis", 1), shape?.length ?? 0);
  return known(type, shape === null ? null : [product(shape.slice(0, axis)), product(shape.slice(axis))]);
};

/** As the second input. */
const gatherElements: Rule = (ruled) => known(first(ruled).type, at(ruled, 1).shape);

/** The first output as the first input, and so is the fourth, the sum. */
const skipNorm: Rule = (ruled) => {
  const [one = UNKNOWN] = alike(ruled);
  return [one, UNKNOWN, UNKNOWN, one];
};

const constant: Rule = ({ node: { tensor, integers } }) => {
  if (tensor !== null) return [factOf(tensor)];
  const [one, list] = [integers.get("value_int"), integers.get("value_ints")];
  if (one !== undefined) return known(INT64, [], one);
  return list === undefined ? [UNKNOWN] : known(INT64, [list.length], list);
};

/** A weight. */
export const factOf = ({ type, dims, values }: HeldTensor): Fact => ({ type, shape: dims, values });

const opaquePair = (op: string) => paired((a, b, { opaque }) => opaque(op, a, b));
const compared = (op: string) => paired((a, b, { opaque }) => opaque(op, a, b), BOOL);

/** Operators whose outputs have sizes that follow from the sizes, and the whole numbers, of their inputs. */
const STANDARD: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    ["Abs", "Clip", "Cos", "CumSum", "Erf", "Exp", "Gelu", "LayerNormalization", "Log", "Neg", "Not", "Reciprocal", "Relu"]
      .concat([
        "RMSNormalization",
        "RotaryEmbedding",
        "ScatterElements",
        "ScatterND",
        "Sigmoid",
        "Sin",
        "Softmax",
        "Softplus",
        "Sqrt",
        "Tanh",
        "Trilu",
      ])
      .map((op) => [op, alike]),
  ),
  Add: paired(plus),
  And: opaquePair("and"),
  Cast: cast,
  Concat: concat,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Div: paired(divided),
  Equal: paired(equal, BOOL),
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  GatherElements: gatherElements,
  Greater: compared(">"),
  GreaterOrEqual: compared("≥"),
  Identity: (ruled) => [first(ruled)],
  IsNaN: (ruled) => known(BOOL, first(ruled).shape),
  Less: compared("<"),
  LessOrEqual: compared("≤"),
  MatMul: matMul,
  Max: opaquePair("max"),
  Min: opaquePair("min"),
  Mul: paired(times),
  Or: opaquePair("or"),
  Pow: opaquePair("pow"),
  Range: range,
  ReduceMax: reduce,
  ReduceMean: reduce,
  ReduceSum: reduce,
  Reshape: reshape,
  Shape: shapeOf,
  Slice: slice,
  Squeeze: squeeze,
  Sub: paired(minus),
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Where: where,
};

/** Of onnxruntime's own ones. */
const CONTRIBUTED: Readonly<Record<string, Rule>> = {
  FastGelu: alike,
  MatMulNBits: packedMatMul,
  QuickGelu: alike,
  SimplifiedLayerNormalization: alike,
  SkipSimplifiedLayerNormalization: skipNorm,
};

/** Facts of a node's outputs, in their order; nothing of what stands behind the last. */
export function factsOf(ruled: Ruled): readonly Fact[] {
  const { domain, op } = ruled.node;
  // Some exporters call an operator of the runtime's a standard one.
  const rule = domain === "" ? (STANDARD[op] ?? CONTRIBUTED[op]) : domain === "com.microsoft" ? CONTRIBUTED[op] : undefined;
  return rule?.(ruled) ?? [];
}
