import { describe, expect, it } from "vitest";
import { readOut, readUnits } from "../../src/alignment/read_numbers.js";
import { spell, targetOf, type Vocabulary } from "../../src/alignment/spell.js";
import { readVocabulary } from "../../src/alignment/vocabulary.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LABELS = ["<pad>", "|", ...LETTERS];
const VOCABULARY: Vocabulary = { ids: new Map(LABELS.map((label, id) => [label, id])), blank: 0, separator: 1, size: LABELS.length };
const written = (units: readonly string[], vocabulary = VOCABULARY): string => {
  const names = [...vocabulary.ids.keys(), "*"];
  return Array.from(targetOf(spell(units, vocabulary), vocabulary).labels, (label) => names[label]).join("");
};

describe("readOut", () => {
  it.each([
    ["hello", "hello"],
    ["well-known", "well-known"],
    ["2", "two"],
    ["42", "forty two"],
    ["1,234", "one thousand two hundred thirty four"],
    ["3.14", "three point one four"],
    ["21st", "twenty first"],
    ["$5", "five dollars"],
    ["$1.50", "one dollar fifty"],
    ["50%", "fifty percent"],
    ["3:30", "three thirty"],
    ["7:05", "seven oh five"],
    ["9:00", "nine"],
    ["1999", "nineteen ninety nine"],
    ["1906", "nineteen oh six"],
    ["1900", "nineteen hundred"],
    ["2005", "two thousand five"],
    ["2024", "twenty twenty four"],
    ["007", "zero zero seven"],
    ["5551234567", "five five five one two three four five six seven"],
    ["R2D2", "R two D two"],
    ["AT&T", "AT and T"],
    ["C++", "C plus plus"],
    ["0th", "zero"],
  ])("%s is said %s", (word, said) => {
    expect(readOut(word)).toBe(said);
  });
});

describe("readOut of what is written in many ways", () => {
  it.each([
    ["$1.5M", "one point five million dollars"],
    ["€20bn", "twenty billion euros"],
    ["£3k", "three thousand pounds"],
    ["20€", "twenty euros"],
    ["$1,000,000", "one million dollars"],
    ["$1", "one dollar"],
    ["$0.99", "ninety nine cents"],
    ["($5),", "five dollars"],
    ["C#", "C sharp"],
    ["F#", "F sharp"],
    ["#5", "number five"],
    ["#tag", "hashtag tag"],
    ["555-1234", "five five five one two three four"],
    ["3.5%", "three point five percent"],
    ["20°C", "twenty degrees celsius"],
    ["1kg", "one kilogram"],
    ["5km", "five kilometers"],
    ["50km/h", "fifty kilometers per hour"],
    ["3:30pm", "three thirty pm"],
    ["7am", "seven am"],
    ["1990s", "nineteen nineties"],
    ["80s", "eighties"],
    ["20bn", "twenty billion"],
    ["22nd", "twenty second"],
    ["1,000th", "one thousandth"],
    [".5", "point five"],
    ["50+", "fifty plus"],
    ["B52", "B fifty two"],
    ["3D", "three D"],
  ])("%s is said %s", (word, said) => {
    expect(readOut(word)).toBe(said);
  });

  it.each([
    "12:00:00",
    "0:30",
    "13:00",
    "16:9",
    "1/2",
    "24/7",
    "5/1/2024",
    "2024-05-01",
    "10-20",
    "10–20%",
    "2019-2020",
    "800-555-0199",
    "1.2.3",
    "192.168.0.1",
    "3,5",
    "1.234,56",
    "5m",
    "10k",
    "1.5M",
    "$1.5",
    "$2.05",
    "US$5",
    "₹500",
    "-5",
    "2x",
    "4x4",
    "22th",
    "½",
    "5‰",
    "№5",
    "555-CALL",
    "A380",
    "me@x.org",
    "https://a.b/c?x=1",
  ])("%s is left to the wildcard", (word) => {
    expect(readOut(word)).toMatch(/^\d+$/);
  });

  it.each([
    [
      ["$1.5", "million"],
      ["one point five", "million dollars"],
    ],
    [
      ["€3", "billion", "more"],
      ["three", "billion euros", "more"],
    ],
    [
      ["$5", "million-dollar"],
      ["five dollars", "million-dollar"],
    ],
    [
      ["No.", "5", "or"],
      ["0", "five", "or"],
    ],
    [
      ["No.", "Stop"],
      ["No.", "Stop"],
    ],
    [
      ["20", "€"],
      ["twenty", "euros"],
    ],
    [
      ["5 %", "of", "5", "km"],
      ["five percent", "of", "five", "kilometers"],
    ],
    [
      ["5", "m"],
      ["five", "0"],
    ],
    [
      ["I", "m"],
      ["I", "m"],
    ],
  ])("units %j are said %j", (units, said) => {
    expect(readUnits(units)).toEqual(said);
  });
});

describe("spell", () => {
  it("joins the words by the separator and leaves punctuation out", () => {
    expect(written(["Hello,", "—", "it's", "me!"])).toBe("HELLO|ITS|ME");
    expect(spell(["Hello,", "—", "me"], VOCABULARY).map(({ unit }) => unit)).toEqual([0, 2]);
  });

  it("reads numbers out, so that later words keep their letters", () => {
    expect(written(["go", "2", "town"])).toBe("GO|TWO|TOWN");
  });

  it("strips diacritics, folds Latin letters and keeps another script as one wildcard", () => {
    expect(written(["Łódź", "æon", "naïve"])).toBe("LODZ|AEON|NAIVE");
    expect(written(["say", "你好世界", "now"])).toBe("SAY|*|NOW");
    expect(written(["日本a語"])).toBe("*A*");
  });

  it("keeps digits that the model knows", () => {
    const ids = new Map([...LABELS, "0", "1", "2"].map((label, id) => [label, id]));
    expect(written(["go", "2"], { ...VOCABULARY, ids, size: ids.size })).toBe("GO|2");
  });

  it("meets lower-case vocabularies and those without a separator", () => {
    const ids = new Map(["-", ...LETTERS.toLowerCase()].map((label, id) => [label, id]));
    expect(written(["New", "York"], { ids, blank: 0, separator: null, size: 27 })).toBe("newyork");
  });

  it.each([[[]], [["!", "…"]]])("refuses %j", (units) => {
    expect(() => spell(units, VOCABULARY)).toThrow("no letter or digit that could be aligned");
  });
});

describe("readVocabulary", () => {
  const vocab = { "<pad>": 0, "|": 1, A: 2 };

  it("takes the blank and the separator from the tokenizer", () => {
    expect(
      readVocabulary({ vocab, tokenizerConfig: { pad_token: { content: "<pad>" }, word_delimiter_token: "|" } }, " ", "m"),
    ).toMatchObject({
      blank: 0,
      separator: 1,
      size: 3,
    });
    expect(readVocabulary({ tokenizer: { model: { vocab: { "[PAD]": 2, "/": 0, a: 1 } } } }, "/", "m")).toMatchObject({
      blank: 2,
      separator: 0,
    });
    expect(readVocabulary({ vocab: { "<pad>": 0, a: 1 } }, "|", "m").separator).toBeNull();
  });

  it.each([
    [{}, "m has no vocab.json"],
    [{ vocab: { a: 0 } }, 'lacks the padding token "<pad>"'],
    [{ vocab: { a: "x" } }, "maps no label to a number"],
  ])("refuses %j", (files, message) => {
    expect(() => readVocabulary(files, "|", "m")).toThrow(message);
  });
});
