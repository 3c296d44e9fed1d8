import { describe, expect, it } from "vitest";
import { WordTokenizer, wordsWithBlanks } from "../../../src/connectors/openai_compatible/word_tokenizer.js";

describe("words in the place of tokens", () => {
  it.each([
    ["", []],
    ["turn on the light", ["turn", " on", " the", " light"]],
    ["  two  blanks ", ["  two", "  blanks "]],
    ["Wait, what?!", ["Wait,", " what?!"]],
    [" ", [" "]],
    ["打开灯", ["打开", "灯"]],
    ["at 12:00 on a@b.de", ["at", " 12:00", " on", " a@b.de"]],
    ["one\n\ntwo", ["one", "\n\ntwo"]],
  ])("%j is %j", (text, words) => {
    expect(wordsWithBlanks(text)).toEqual(words);
    expect(wordsWithBlanks(text).join("")).toBe(text);
  });

  it("have ids that do not depend on what was met before", () => {
    const [a, b] = [new WordTokenizer(), new WordTokenizer()];
    b.encode("other words come first");
    expect(a.encode("turn on the light")).toEqual(b.encode("turn on the light"));
    expect(a.decode(a.encode("turn on  the light"))).toBe("turn on  the light");
  });
});
