import { expect, test } from "vitest";
import { sum } from "../../src/util/arrays.js";

test("sums from the first to the last, 0 of none", () => {
  expect(sum([])).toBe(0);
  expect(sum(Float64Array.of(0.1, 0.2, 0.3))).toBe(0.1 + 0.2 + 0.3);
  expect(sum([1e16, 1, -1e16])).toBe(0);
});
