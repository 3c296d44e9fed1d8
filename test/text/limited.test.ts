import { expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.js";
import { LimitError, limited } from "../../src/text/limited.js";

test("values and errors come through, and a limited call inside of another is part of it", () => {
  expect(limited("sum", () => limited("inner", () => 1 + 1))).toBe(2);
  expect(() =>
    limited("sum", () => {
      throw new RangeError("own");
    }),
  ).toThrow(RangeError);
  expect(limited("after an error", () => 3)).toBe(3);
});

function forEver(): void {
  for (;;) {
    try {
      JSON.stringify({});
    } catch {}
  }
}

test.each([
  ["a loop that swallows errors", forEver],
  ["a regular expression", (): void => void /((\w+)+)+#/.test("a".repeat(40))],
])("%s that goes on for ever is stopped and named", (what, call) => {
  const stopped = (): void => limited(what, call, 0.5);
  expect(stopped).toThrow(LimitError);
  expect(stopped).toThrow(ConnectorError);
  expect(stopped).toThrow(`${what} takes longer than 0.5 s and was stopped`);
  expect(limited("another", () => 3)).toBe(3);
});
