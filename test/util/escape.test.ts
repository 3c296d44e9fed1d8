import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeControl } from "../../src/util/escape.js";

describe("escaping for terminals", () => {
  it.each([
    ["plain ünïcode 厨房 👩‍👩‍👧 ✔️", "plain ünïcode 厨房 👩‍👩‍👧 ✔️"],
    ["\u001b[31mred\u001b[0m", "\\e[31mred\\e[0m"],
    ["a\nb\tc\rd", "a\\nb\\tc\\rd"],
    ["\u0000\u0007\u007f\u009b2J", "\\u{0}\\u{7}\\u{7f}\\u{9b}2J"],
    ["\u202egnp.exe\u2066", "\\u{202e}gnp.exe\\u{2066}"],
    ["zero\u200bwidth\ufeff\u00ad", "zero\\u{200b}width\\u{feff}\\u{ad}"],
    ["\u{e0041}tag", "\\u{e0041}tag"],
    ["half \ud83d", "half \\u{d83d}"],
    ["line\u2028separator", "line\\u{2028}separator"],
  ])("of %j gives %j", (text, escaped) => {
    expect(escapeControl(text)).toBe(escaped);
  });

  it("leaves nothing to escape, and prints on one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const escaped = escapeControl(text);
        expect(escapeControl(escaped)).toBe(escaped);
        expect(escaped).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
      }),
      { seed: 20 },
    );
  });
});
