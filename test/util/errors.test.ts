import { expect, test } from "vitest";
import { reasonOf } from "../../src/util/errors.js";

test("the message of an error, anything else as text", () => {
  expect(reasonOf(new TypeError("no such thing"))).toBe("no such thing");
  expect(reasonOf("gone")).toBe("gone");
  expect(reasonOf(undefined)).toBe("undefined");
});
