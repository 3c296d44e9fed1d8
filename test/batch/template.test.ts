import { describe, expect, test } from "vitest";
import { fillIn } from "../../src/batch/template.js";

describe("fillIn", () => {
  test("puts values in: whole ones as they are, parts as text, nested ones by their path", () => {
    const row = { n: 3, q: "what?", answers: { text: ["a", "b"] }, "odd.name": "x", big: 7n, none: undefined };
    const data = {
      a: "{{n}}",
      b: "Q: {{ q }} ({{n}})",
      c: ["{{answers.text}}"],
      d: "{{odd.name}}",
      e: "{{big}}",
      f: "{{none}}",
      g: 1,
      h: null,
    };
    expect(fillIn(data, row)).toEqual({ a: 3, b: "Q: what? (3)", c: [["a", "b"]], d: "x", e: 7, f: null, g: 1, h: null });
  });

  test("reads no placeholders in what it puts in, and fills in no keys", () => {
    expect(fillIn({ "{{q}}": "<{{q}}>" }, { q: "{{n}} $& $1", n: 1 })).toEqual({ "{{q}}": "<{{n}} $& $1>" });
  });

  test.each([
    ["{{x}}", {}, /\{\{x\}\}: there is no such column; there are/],
    ["{{constructor}}", { a: 1 }, /no such column; there are a/],
    ["{{a.b}}", { a: 1 }, /no such column/],
    ["x {{a}}", { a: null }, /is empty and cannot be part of one/],
    ["x {{a}}", { a: [1] }, /is no text/],
  ])("refuses %s with %j", (text, row, words) => {
    expect(() => fillIn(text, row)).toThrow(words);
  });
});
