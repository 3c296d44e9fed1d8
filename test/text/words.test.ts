import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sentenceUnits, wordUnits } from "../../src/text/words.js";

/** The text of each unit, in order of first appearance. */
function cut(text: string, units: Int32Array): readonly string[] {
  const parts = new Map<number, string>();
  for (let i = 0; i < text.length; i++) {
    const unit = units[i] as number;
    if (unit >= 0) parts.set(unit, (parts.get(unit) ?? "") + text[i]);
  }
  return [...parts.values()];
}

const words = (text: string): readonly string[] => cut(text, wordUnits(text));

describe("wordUnits", () => {
  it.each([
    ["turn on the kitchen light", ["turn", "on", "the", "kitchen", "light"]],
    ["don't pay 3.14 or 1,000!", ["don't", "pay", "3.14", "or", "1,000!"]],
    ["你好。世界和平", ["你好。", "世界", "和平"]],
    ["日本語のテスト", ["日本語", "の", "テスト"]],
    ["สวัสดีชาวโลก", ["สวัสดี", "ชาว", "โลก"]],
    ["مرحبا بالعالم", ["مرحبا", "بالعالم"]],
    ["see https://a.b/c?x=1, or me@x.org.", ["see", "https://a.b/c?x=1,", "or", "me@x.org."]],
    ["(see www.a.org)", ["(see", "www.a.org)"]],
    ["“Go!” she said", ["“Go!”", "she", "said"]],
    ['say "hi" now', ["say", '"hi"', "now"]],
    ["a – b", ["a–", "b"]],
    ["2 + 2", ["2", "+", "2"]],
    ["$5 or 5%", ["$5", "or", "5%"]],
    ["C++ #tag f(x)", ["C++", "#tag", "f", "(x)"]],
    ["hi 👩‍👩‍👧 ❤️ 🇵🇱", ["hi", "👩‍👩‍👧", "❤️", "🇵🇱"]],
    ["...", ["..."]],
    ["— go", ["—go"]],
    ["   ", []],
    ["", []],
  ])("%j", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  it("gives every character that is not blank a word, and blanks none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
        const units = wordUnits(text);
        expect(units).toHaveLength(text.length);
        for (const { 0: character, index } of text.matchAll(/\S/gu)) {
          expect(units[index], `${JSON.stringify(character)} at ${index}`).toBeGreaterThanOrEqual(0);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("stays quick on long texts made to be slow", () => {
    const hostile = [
      "a".repeat(100_000),
      "- ".repeat(50_000),
      `http://${".".repeat(100_000)}a`,
      "a.b@".repeat(20_000),
      "x://".repeat(20_000),
    ];
    // Processor time: the machine may be busy with other things.
    const start = process.cpuUsage();
    for (const text of hostile) wordUnits(text);
    expect(process.cpuUsage(start).user).toBeLessThan(6e6);
  }, 60_000);
});

describe("long texts", () => {
  it("are cut as if in one piece", () => {
    const sentence = "He said “you don't pay 3.14 euro”, 你好世界 👩‍👩‍👧 (twice). ";
    for (const units of [wordUnits, sentenceUnits]) {
      const once = cut(sentence, units(sentence));
      const many = cut(sentence.repeat(200), units(sentence.repeat(200)));
      expect(many).toEqual(Array.from({ length: 200 }, () => once).flat());
    }
  });
});

describe("sentenceUnits", () => {
  it("cuts at the ends of sentences, not inside numbers", () => {
    const text = "It cost 3.14. Really? 好。是。";
    expect(cut(text, sentenceUnits(text))).toEqual(["It cost 3.14. ", "Really? ", "好。", "是。"]);
  });
});
