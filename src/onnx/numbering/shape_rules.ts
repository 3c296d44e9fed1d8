import { INT64 } from "../onnx_encode.js";
import { broadcast, type Dim, isPositive, plus, quotient } from "./dims.js";
import { alike, at, axesOf, first, fromEnd, integer, known, plain, product, type Rule, type Ruled, UNKNOWN } from "./rule.js";

/* Operators that lay numbers out anew, take some of them, or put them together. */

/** Ends that mean "to the end". */
const NO_END = 2 ** 31 - 1;

export const unsqueeze: Rule = (ruled) => {
  const { type, shape, values } = first(ruled);
  const axes = axesOf(ruled, 1);
  if (shape === null || axes === null) return known(type, null);
  const out: Dim[] = [...shape];
  for (const axis of axes.map((one) => fromEnd(one, shape.length + axes.length)).sort((a, b) => a - b)) out.splice(axis, 0, 1);
  return known(type, out, values);
};

export const squeeze: Rule = (ruled) => {
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

export const concat: Rule = (ruled) => {
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

export const gather: Rule = (ruled) => {
  const [data, picked] = [first(ruled), at(ruled, 1)];
  if (data.shape === null || picked.shape === null) return known(data.type, null);
  const axis = fromEnd(integer(ruled, "axis", 0), data.shape.length);
  const shape = [...data.shape.slice(0, axis), ...picked.shape, ...data.shape.slice(axis + 1)];
  const places = plain(picked.values);
  const { values } = data;
  const taken = values === null || data.shape.length !== 1 ? null : places?.map((place) => values[fromEnd(place, values.length)]);
  return known(data.type, shape, taken?.every((value) => value !== undefined) === true ? (taken as readonly Dim[]) : null);
};

export const shapeOf: Rule = (ruled) => {
  const { shape } = first(ruled);
  if (shape === null) return known(INT64, null);
  const bound = (name: string, otherwise: number): number =>
    Math.min(shape.length, Math.max(0, fromEnd(integer(ruled, name, otherwise), shape.length)));
  const values = shape.slice(bound("start", 0), bound("end", shape.length));
  return known(INT64, [values.length], values);
};

export const reshape: Rule = (ruled) => {
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

export const expand: Rule = (ruled) => {
  const { type, shape } = first(ruled);
  const { values } = at(ruled, 1);
  return known(type, shape === null || values === null ? null : broadcast(shape, values));
};

export const transpose: Rule = (ruled) => {
  const { type, shape } = first(ruled);
  const order = ruled.node.integers.get("perm") ?? shape?.map((_, axis) => shape.length - 1 - axis);
  return known(type, shape === null ? null : (order ?? []).map((axis) => shape[axis] ?? 0));
};

export const matMul: Rule = (ruled) => {
  const [a, b] = [first(ruled), at(ruled, 1)];
  if (a.shape === null || b.shape === null || a.shape.length < 2 || b.shape.length < 2) return known(a.type, null);
  const many = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return known(a.type, many === null ? null : [...many, a.shape.at(-2) ?? 0, b.shape.at(-1) ?? 0]);
};

/** Weights packed in blocks: the attribute `N` tells their columns. */
export const packedMatMul: Rule = (ruled) => {
  const { type, shape } = first(ruled);
  const columns = ruled.node.integers.get("N")?.[0];
  return known(type, shape === null || columns === undefined ? null : [...shape.slice(0, -1), columns]);
};

export const reduce: Rule = (ruled) => {
  const { type, shape } = first(ruled);
  const axes = axesOf(ruled, 1);
  if (shape === null || axes === null || axes.length === 0) return known(type, null);
  const gone = new Set(axes.map((axis) => fromEnd(axis, shape.length)));
  const out =
    integer(ruled, "keepdims", 1) === 0 ? shape.filter((_, axis) => !gone.has(axis)) : shape.map((dim, axis) => (gone.has(axis) ? 1 : dim));
  return known(type, out);
};

export const slice: Rule = (ruled) => {
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

export const flatten: Rule = (ruled) => {
  const { type, shape } = first(ruled);
  const axis = fromEnd(integer(ruled, "axis", 1), shape?.length ?? 0);
  return known(type, shape === null ? null : [product(shape.slice(0, axis)), product(shape.slice(axis))]);
};

/** As the second input. */
export const gatherElements: Rule = (ruled) => known(first(ruled).type, at(ruled, 1).shape);

/** The first output as the first input, and so is the fourth, the sum. */
export const skipNorm: Rule = (ruled) => {
  const [one = UNKNOWN] = alike(ruled);
  return [one, UNKNOWN, UNKNOWN, one];
};
