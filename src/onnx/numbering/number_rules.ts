import { BOOL, INT32, INT64 } from "../onnx_encode.js";
import { broadcast, type Dim, isNotNegative, isPositive, plus, quotient, times } from "./dims.js";
import { at, type Fact, factOf, first, integer, known, plain, plainCount, type Rule, type Ruled, UNKNOWN } from "./rule.js";

/* Operators that work with numbers one by one, and those that make whole ones. */

/** Numbers of as many as both, and what becomes of whole ones. */
export function paired(what: (a: Dim, b: Dim, ruled: Ruled) => Dim, type?: number): Rule {
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

export const minus = (a: Dim, b: Dim): Dim => plus(a, times(-1, b));

export function divided(a: Dim, b: Dim, { opaque }: Ruled): Dim {
  if (typeof a === "number" && typeof b === "number" && b !== 0) return Math.trunc(a / b);
  return (b === 0 ? null : quotient(a, b)) ?? opaque("÷", a, b);
}

export function equal(a: Dim, b: Dim, { opaque }: Ruled): Dim {
  if (a === b) return 1;
  if (typeof a === "number" && typeof b === "number") return 0;
  const [told, other] = typeof a === "number" ? [a, b] : [b, a];
  if (typeof told === "number" && ((told < 0 && isNotNegative(other)) || (told === 0 && isPositive(other)))) return 0;
  return opaque("=", a, b);
}

export const where: Rule = (ruled) => {
  const [chosen, a, b] = [first(ruled), at(ruled, 1), at(ruled, 2)];
  const both = a.shape === null || b.shape === null ? null : broadcast(a.shape, b.shape);
  const shape = both === null || chosen.shape === null ? null : broadcast(both, chosen.shape);
  const rows = together([chosen, a, b], shape);
  const values = rows?.map(([c = 0, x = 0, y = 0]) => (typeof c === "number" ? (c === 0 ? y : x) : ruled.opaque("where", c, x, y))) ?? null;
  return known(a.type, shape, values);
};

export const constantOfShape: Rule = (ruled) => {
  const { tensor } = ruled.node;
  const shape = first(ruled).values;
  const count = shape === null ? null : plainCount(shape);
  const value = tensor?.values?.[0];
  return known(tensor?.type ?? 1, shape, count === null || value === undefined ? null : new Array<Dim>(count).fill(value));
};

export const range: Rule = (ruled) => {
  const [start, limit, step] = [0, 1, 2].map((place) => at(ruled, place).values?.[0]);
  const length = start === undefined || limit === undefined || step !== 1 ? null : minus(limit, start);
  return known(first(ruled).type, length !== null && isNotNegative(length) ? [length] : null);
};

/** Casts between whole numbers keep them where they fit. */
export const cast: Rule = (ruled) => {
  const { shape, values } = first(ruled);
  const to = integer(ruled, "to", 0);
  const large = plain(values)?.some((value) => Math.abs(value) >= 2 ** 31) === true;
  return known(to, shape, to === BOOL || (to === INT32 && large) ? null : values);
};

export const constant: Rule = ({ node: { tensor, integers } }) => {
  if (tensor !== null) return [factOf(tensor)];
  const [one, list] = [integers.get("value_int"), integers.get("value_ints")];
  if (one !== undefined) return known(INT64, [], one);
  return list === undefined ? [UNKNOWN] : known(INT64, [list.length], list);
};
