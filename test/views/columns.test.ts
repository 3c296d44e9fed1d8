import { expect, test } from "vitest";
import { columns } from "../../src/views/columns.js";

test("cells line up, the last alignment holds for the rest, nothing trails", () => {
  const rows = [
    ["", "a", "long", "x"],
    ["name", "100", "b", ""],
  ];
  expect(columns(rows, ["left", "right"])).toEqual(["        a  long  x", "name  100     b"]);
  expect(columns(rows, ["left"])).toEqual(["      a    long  x", "name  100  b"]);
  expect(columns([], ["left"])).toEqual([]);
});
