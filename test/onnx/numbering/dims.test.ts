import fc from "fast-check";
import { expect, test } from "vitest";
import { broadcast, type Dim, isNotNegative, isPositive, plus, quotient, symbol, times } from "../../../src/onnx/numbering/dims.js";
import { sizeOf } from "./size_of.js";

const [B, P, U] = [symbol("pb"), symbol("np"), symbol("u1")];

type Tree = { readonly leaf: Dim } | { readonly op: "plus" | "times"; readonly parts: readonly [Tree, Tree] };

const tree = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({ leaf: fc.oneof(fc.integer({ min: -3, max: 5 }), fc.constantFrom(B, P, U)) }),
    fc.record({ op: fc.constantFrom("plus" as const, "times" as const), parts: fc.tuple(tie("tree"), tie("tree")) }),
  ),
})).tree;
const sizes = fc.record({ pb: fc.integer({ min: 1, max: 9 }), np: fc.integer({ min: 0, max: 9 }), u1: fc.integer({ min: -9, max: 9 }) });

const built = (of: Tree): Dim => {
  if ("leaf" in of) return of.leaf;
  const [a, b] = of.parts.map(built) as [Dim, Dim];
  return of.op === "plus" ? plus(a, b) : times(a, b);
};
const computed = (of: Tree, known: Readonly<Record<string, number>>): number => {
  if ("leaf" in of) return sizeOf(of.leaf, known);
  const [a = 0, b = 0] = of.parts.map((part) => computed(part, known));
  return (of.op === "plus" ? a + b : a * b) + 0;
};

test("sums and products are what they are for all sizes, and quotients leave nothing", () => {
  fc.assert(
    fc.property(tree, tree, sizes, (one, other, known) => {
      const [a, b] = [built(one), built(other)];
      expect(sizeOf(a, known)).toBe(computed(one, known));
      const [left, right] = [quotient(times(a, b), b), quotient(a, b)];
      if (left !== null && sizeOf(b, known) !== 0) expect(sizeOf(left, known)).toBe(sizeOf(a, known));
      if (right !== null) expect(times(right, b)).toBe(a);
      if (isPositive(a)) expect(sizeOf(a, known)).toBeGreaterThan(0);
      if (isNotNegative(a)) expect(sizeOf(a, known)).toBeGreaterThanOrEqual(0);
    }),
  );
});

test("equal sums are equal texts in whatever order they are made", () => {
  fc.assert(
    fc.property(tree, tree, tree, (x, y, z) => {
      const [a, b, c] = [x, y, z].map(built) as [Dim, Dim, Dim];
      expect(plus(plus(a, b), c)).toBe(plus(c, plus(b, a)));
      expect(times(times(a, b), c)).toBe(times(c, times(b, a)));
      expect(times(a, plus(b, c))).toBe(plus(times(a, b), times(a, c)));
      expect(plus(a, times(-1, a))).toBe(0);
    }),
  );
});

test("by hand: signs, quotients and sizes side by side", () => {
  expect(quotient(times(6, times(B, P)), times(3, P))).toBe(times(2, B));
  expect([quotient(P, B), quotient(3, 2), quotient(4, 0), quotient(4, plus(B, 1))]).toEqual([null, null, null, null]);
  expect([isPositive(plus(P, B)), isPositive(P), isNotNegative(P), isNotNegative(U), isPositive(plus(B, -1))]).toEqual([
    true,
    false,
    true,
    false,
    false,
  ]);
  expect(broadcast([B, 1, 5], [P, 5])).toEqual([B, P, 5]);
  expect(broadcast([B], [7])).toEqual([7]);
  expect([broadcast([B], [P]), broadcast([2], [3])]).toEqual([null, null]);
});
