import { expect, test } from "vitest";
import { comparedWords } from "../../src/text/normalise.js";

test.each([
  ["Turn on, the LIGHT!", ["turn", "on", "the", "light"]],
  ["“Don’t” — it’s 12:30…", ["don’t", "it’s", "12:30"]],
  ["ﬁne Straße ＡＢＣ", ["fine", "straße", "abc"]],
  ["cafe\u0301", ["café"]],
  ["日本語です。", ["日本語", "です"]],
  [" ?! ", []],
  ["", []],
])("words of %j are compared as %j", (text, words) => {
  expect(comparedWords(text)).toEqual(words);
});
