import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/spec/limits.js";
import { setAside } from "../../src/spec/long_strings.js";
import { parseText } from "../../src/spec/parse.js";
import { refusal } from "./helpers.js";

const LONG = "QUJD".repeat(1_000);
const parsed = (text: string): unknown => parseText({ name: "x", text, sha256: "" }).data;

describe("setAside", () => {
  test("takes long base64 out, and nothing else", () => {
    const { text } = setAside(JSON.stringify({ a: LONG, b: `data:audio/wav;base64,${LONG}`, c: "short", d: "with blanks ".repeat(400) }));
    expect(text.length).toBeLessThan(5_000);
    expect(text).toContain("with blanks with");
    expect(setAside('{"a": "b').text).toBe('{"a": "b');
  });

  test("what is parsed is what would have been parsed, a slash with PHP's backslash too", () => {
    const data = { a: [LONG, `data:audio/wav;base64,${LONG}=`], text: 'aside0; "x"', n: 1, nested: { [LONG]: null } };
    expect(parsed(JSON.stringify({ ...data, nested: {} }))).toEqual({ ...data, nested: {} });
    expect(parsed(`["${"a\\/b+".repeat(600)}"]`)).toEqual(["a/b+".repeat(600)]);
    expect(parsed(`text: |\n  he said "${LONG}" twice\n`)).toEqual({ text: `he said "${LONG}" twice\n` });
  });

  test("holds for any JSON", () => {
    const string = fc.oneof(
      fc.string(),
      fc.nat(3_000).map((n) => "A".repeat(n)),
    );
    fc.assert(fc.property(fc.array(string, { maxLength: 6 }), (data) => void expect(parsed(JSON.stringify(data))).toEqual(data)));
  });
});

test("places are those of the whole text, behind sound on the same line and below it", async () => {
  const line = (rest: string) => `{"model": {"repo": "embedded:nano"}, "x": "${LONG}", ${rest}}`;
  const message = await refusal(line('"messages": [{"role": "usr", "content": "hi"}]'));
  expect(message).toMatch(/^conv\.yaml:1:38: unknown key "x"/);
  const bad = line('"messages": [}]');
  expect(await refusal(bad)).toMatch(new RegExp(`^conv\\.yaml:1:${bad.indexOf("}]") + 1}: `));
  const deep = `["${LONG}", ${"[".repeat(40)}`;
  expect(await refusal(deep)).toMatch(new RegExp(`^conv\\.yaml:1:${LONG.length + 5 + LIMITS.depth}: is nested deeper`));
});

test("sound does not count for the size of a spec; what is no sound does", async () => {
  const big = "QUJD".repeat(300_000);
  expect(await refusal(JSON.stringify({ model: { repo: "embedded:nano" }, messages: [{ role: "user", content: "hi" }], x: big }))).toMatch(
    /unknown key "x"/,
  );
  expect(await refusal(JSON.stringify({ x: "no sound ".repeat(150_000) }))).toMatch(/is larger than 1 MiB, the limit for specs/);
});
