import { expect, test } from "vitest";
import { stratifiedValues } from "../../../bench/accuracy/stratified_trees.js";

const all = (n: number): readonly Uint8Array[] =>
  Array.from({ length: 2 ** n }, (_, bits) => Uint8Array.from({ length: n }, (__, i) => (bits >> i) & 1));

test("of all coalitions, means of strata are Shapley values: the glove game's by hand", () => {
  // Player 0 has a left glove, 1 and 2 have right ones; a pair is worth 1.
  const payoffs = all(3).map(([a = 0, b = 0, c = 0]) => Math.min(a, b + c));
  const values = stratifiedValues(all(3), payoffs, 3);
  expect([...values].map((value) => value.toFixed(9))).toEqual(["0.666666667", "0.166666667", "0.166666667"]);
});

test("a stratum without coalitions is worth nothing", () => {
  expect([...stratifiedValues([Uint8Array.of(0, 0), Uint8Array.of(1, 1)], [1, 5], 2)]).toEqual([2, 2]);
});
