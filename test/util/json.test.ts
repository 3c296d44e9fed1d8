import { expect, test } from "vitest";
import { parseTextList } from "../../src/util/json.js";

test("a list of texts is one, anything else is not", () => {
  expect(parseTextList('["a", ""]')).toEqual(["a", ""]);
  for (const other of ["[1]", '{"0": "a"}', "null", '"a"', '["a", null]']) expect(parseTextList(other)).toBeNull();
  expect(() => parseTextList("[a]")).toThrow(SyntaxError);
});
