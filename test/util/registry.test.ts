import { expect, test } from "vitest";
import { registryOf, rowNamed, rowsOf } from "../../src/util/registry.js";

const [b, a] = [{ name: "b", size: 1 } as const, { name: "a", size: 2 } as const];

test("things by name, in the order in which they were entered", () => {
  const registry = registryOf(b, a);
  expect(registry.a.size).toBe(2);
  expect(rowsOf<typeof a | typeof b>(registry)).toEqual([b, a]);
  expect(rowNamed<typeof a | typeof b>(registry, "b")).toBe(b);
  for (const none of ["c", "constructor", "__proto__"]) expect(rowNamed<typeof a | typeof b>(registry, none)).toBeUndefined();
});

test("a name stands once", () => {
  expect(() => registryOf(b, a, { name: "b" })).toThrow('"b" stands twice in a registry');
});
