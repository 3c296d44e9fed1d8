import { expect, test } from "vitest";
import { assertFinite } from "../../src/results/finite.js";

test.each([
  ["result.values[1].z", { values: [{ z: 0 }, { z: Number.NaN }] }],
  ["result.a.b", { a: { b: Infinity } }],
  ["result[0]", [-Infinity]],
  ["result", Number.NaN],
])("names %s", (path, value) => {
  expect(() => assertFinite(value)).toThrow(
    new RegExp(`^${path.replace(/[[\]]/g, "\\$&")} is -?(NaN|Infinity), which a result cannot hold$`),
  );
});

test("lets through all that JSON holds", () => {
  expect(() => assertFinite({ a: [0, -1e308, null, "NaN", true, undefined, { b: [] }] })).not.toThrow();
});
