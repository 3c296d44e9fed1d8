import { describe, expect, test } from "vitest";
import { ExplainError } from "../../src/errors.js";
import { REDUCERS, type ReducerName, reduce } from "../../src/payoffs/reducers.js";

const matrix = (...rows: readonly (readonly number[])[]) => ({
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
  data: Float32Array.from(rows.flat()),
});
const NONE = { rows: 0, columns: 0, data: new Float32Array(0) };

describe("token vectors as one vector", () => {
  const expected = {
    mean: [2, 0],
    max: [5, 3],
    min: [-1, -4],
    sum: [6, 0],
    first: [5, -4],
    zero: [5, -4, 2, 1, -1, 3],
  } as const satisfies Record<ReducerName, readonly number[]>;

  test.each(Object.entries(expected))("%s", (name, vector) => {
    const [found] = reduce(name as ReducerName, [matrix([5, -4], [2, 1], [-1, 3])]);
    expect([...(found ?? [])]).toEqual(vector);
  });

  test.each(Object.keys(REDUCERS) as readonly ReducerName[])(
    "%s: an answer without tokens is a zero vector of the others' length",
    (name) => {
      const [none, one] = reduce(name, [NONE, matrix([1, 2, 3])]);
      expect([...(none ?? [])]).toEqual([0, 0, 0]);
      expect([...(one ?? [])]).toEqual([1, 2, 3]);
    },
  );

  test("refuses widths that differ, and with zero lengths too", () => {
    expect(() => reduce("mean", [matrix([1, 2]), matrix([1, 2, 3])])).toThrow(ExplainError);
    expect(() => reduce("zero", [matrix([1, 2]), matrix([1, 2], [3, 4])])).toThrow(/equally long; got 1×2, 2×2/);
  });
});
