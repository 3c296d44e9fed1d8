import { expect, test } from "vitest";
import { isDeeperThan, parseTextList } from "../../src/util/json.js";

test("a list of texts is one, anything else is not", () => {
  expect(parseTextList('["a", ""]')).toEqual(["a", ""]);
  for (const other of ["[1]", '{"0": "a"}', "null", '"a"', '["a", null]']) expect(parseTextList(other)).toBeNull();
  expect(() => parseTextList("[a]")).toThrow(SyntaxError);
});

test("nesting is counted outside of texts", () => {
  expect(isDeeperThan('[{"a":[1]}]', 2)).toBe(true);
  expect(isDeeperThan('[{"a":[1]},[[2]]]', 3)).toBe(false);
  expect(isDeeperThan('["[[[[\\"[["]', 1)).toBe(false);
  expect(isDeeperThan("[".repeat(65), 64)).toBe(true);
});
