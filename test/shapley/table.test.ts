import { describe, expect, test } from "vitest";
import { createRng, permutation } from "../../src/random.js";
import { enumerateCoalitions, payoffTable, shapleyValues } from "../../src/shapley/table.js";

/** The mean of a player's marginals over all orders. */
function overOrders(table: Float64Array, n: number): Float64Array {
  const values = new Float64Array(n);
  const orders = permutations(Array.from({ length: n }, (_, i) => i));
  for (const order of orders) {
    let mask = 0;
    for (const player of order) {
      const before = table[mask] as number;
      mask |= 1 << player;
      values[player] = (values[player] as number) + ((table[mask] as number) - before) / orders.length;
    }
  }
  return values;
}

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) => permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}

describe("Shapley values of a table", () => {
  test("of the glove game: the one left glove is worth four times a right one", () => {
    // Player 0 has a left glove, 1 and 2 right ones; a pair is worth 1.
    const table = Float64Array.from({ length: 8 }, (_, mask) => ((mask & 1) !== 0 && (mask & 6) !== 0 ? 1 : 0));
    const values = shapleyValues(table, 3);
    for (const [i, value] of [2 / 3, 1 / 6, 1 / 6].entries()) expect(values[i]).toBeCloseTo(value, 15);
  });

  test.each([1, 2, 4, 6])("are the mean marginals over all orders (n = %i)", (n) => {
    const rng = createRng(n);
    const table = Float64Array.from({ length: 2 ** n }, () => rng.float());
    const [found, expected] = [shapleyValues(table, n), overOrders(table, n)];
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 13);
  });

  test("follow the players when these change places", () => {
    const rng = createRng(8);
    const order = permutation(5, rng);
    const table = Float64Array.from({ length: 32 }, () => rng.float());
    // Player i of the new game is player order[i] of the old one.
    const moved = table.map((_, mask) => table[order.reduce((old, player, i) => old | (((mask >> i) & 1) << player), 0)] as number);
    const [before, after] = [shapleyValues(table, 5), shapleyValues(moved, 5)];
    for (const [i, player] of order.entries()) expect(after[i]).toBeCloseTo(before[player] as number, 14);
  });

  test("are the same to the last bit for players that are equal", () => {
    const table = Float64Array.from({ length: 32 }, (_, mask) => Math.sqrt(mask.toString(2).replaceAll("0", "").length));
    expect(new Set(shapleyValues(table, 5)).size).toBe(1);
  });
});

describe("all coalitions", () => {
  test("stand at their bit pattern, ∅ and N left out, and come back as a table", () => {
    const coalitions = enumerateCoalitions(3);
    expect(coalitions.map((one) => one.join(""))).toEqual(["100", "010", "110", "001", "101", "011"]);
    const played = { empty: -1, full: 9, rounds: [{ coalitions, design: null, payoffs: Float64Array.of(1, 2, 3, 4, 5, 6) }] };
    expect([...payoffTable(played, 3)]).toEqual([-1, 1, 2, 3, 4, 5, 6, 9]);
    expect([...payoffTable({ empty: 1, full: 2, rounds: [] }, 1)]).toEqual([1, 2]);
  });
});
