import { describe, expect, it } from "vitest";
import { normalizeText, unitsOf } from "../../src/alignment/text.js";
import { wordUnits } from "../../src/text/words.js";

describe("unitsOf", () => {
  it.each([
    ["turn on the kitchen light", ["turn", "on", "the", "kitchen", "light"]],
    ["请打开厨房的灯", ["请", "打开", "厨房", "的", "灯"]],
    ["เปิดไฟในครัว", ["เปิด", "ไฟ", "ใน", "ครัว"]],
    ["日本語のテスト。", ["日本語", "の", "テスト。"]],
    ["It's 12:00:00, call 555-1234!", ["It's", "12:00:00,", "call", "555-1234!"]],
    ["half (1/2) at 20°C or 50km/h", ["half", "(1/2)", "at", "20°C", "or", "50km/h"]],
    ["2024-05-01 – 3.5–4.0", ["2024-05-01 –", "3.5–4.0"]],
  ])("%s", (text, words) => {
    expect(unitsOf(text)).toEqual(words);
    // The same words as typed text has.
    expect(new Set([...wordUnits(text)].filter((unit) => unit >= 0)).size).toBe(words.length);
  });

  it("leaves units of one's own as they are", () => {
    expect(unitsOf(["turn on", "the light"])).toEqual(["turn on", "the light"]);
  });
});

it("normalizeText keeps what two spellings have in common", () => {
  expect(normalizeText("Zażółć-it's")).toBe("ZAZOŁCITS");
});
