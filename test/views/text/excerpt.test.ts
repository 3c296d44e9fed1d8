import { expect, test } from "vitest";
import { excerpt } from "../../../src/views/text/excerpt.js";

test("the mark stands under the column, in long lines and after tabs too", () => {
  expect(excerpt("a: 1\nbcd: 2\n", 2, 6)).toBe("  2 | bcd: 2\n    |      ^\n");
  expect(excerpt("a:\t1", 1, 4)).toBe("  1 | a: 1\n    |    ^\n");
  const long = `${"x".repeat(200)}!${"y".repeat(200)}`;
  const [shown = "", mark = ""] = excerpt(long, 1, 201).split("\n");
  expect(shown).toMatch(/^ {2}1 \| …x+!y+…$/);
  expect(shown[mark.indexOf("^")]).toBe("!");
  const end = excerpt(long, 1, 401).split("\n");
  expect(end[0]?.[(end[1] ?? "").indexOf("^")]).toBe("y");
});

test("there is none where there is no such line", () => {
  expect(excerpt("a", 7, 1)).toBe("");
  expect(excerpt("", 1, 1)).toBe("");
});
