import { AutoTokenizer, type PreTrainedTokenizer } from "@huggingface/transformers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { ConnectorError } from "../../src/errors.js";
import { textsFromBytes } from "../../src/text/decode_tokens.js";
import { loadTokenizer } from "../../src/text/load_tokenizer.js";
import { vocabularySpelling } from "../../src/text/token_bytes.js";
import type { Tokenizer } from "../../src/text/tokenizer.js";
import { realTokenizer, TOKENIZER_FOLDERS, type TokenizerName } from "../support/tokenizers.js";

const TEXTS = {
  plain: "Turn on the kitchen light, please.",
  "leading blanks": "   three blanks, then text ",
  "only blanks": "    ",
  lines: "\n\nfirst\n\tsecond\r\n",
  "composed accents": "Zażółć gęślą jaźń, émigré",
  "combining accents": "e\u0301migre\u0301 n\u0303",
  chinese: "日本語と漢字：中文测试。",
  korean: "안녕하세요 세계",
  arabic: "مرحبا بالعالم، كيف حالك؟",
  "emoji with joiners": "👩‍👩‍👧‍👦 and 🏳️‍🌈 and 🇵🇱!",
  "mixed scripts": "a日b👍c ж ك",
  nul: "before\u0000after\u0000",
  "control characters": "\u0001\u0007\u001b[31mred",
  "byte order mark": "\ufefftext\ufeff",
  "a replacement character of its own": "caf\ufffd is broken",
  "rare planes": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𒀀 \u{10ffff}",
} as const;

/** Texts of tokens as they stand inside a prompt: nothing is put before the first word. */
const spelled = (tokenizer: Tokenizer, text: string, first: boolean): readonly string[] =>
  tokenizer.tokenTexts(tokenizer.encode(text, { first }), { first });

describe.each(Object.keys(TOKENIZER_FOLDERS) as TokenizerName[])("the tokeniser %s", (name) => {
  let tokenizer: Tokenizer;
  let source: PreTrainedTokenizer;
  beforeAll(async () => {
    source = await AutoTokenizer.from_pretrained(TOKENIZER_FOLDERS[name], { local_files_only: true });
    tokenizer = (await realTokenizer(name)).tokenizer;
  });

  it.each(Object.entries(TEXTS))("spells %s, at the start and inside a prompt", (_, text) => {
    for (const first of [true, false]) {
      const texts = spelled(tokenizer, text, first);
      expect(texts.join("")).toBe(text);
      if (!text.includes("\ufffd")) expect(texts.join("")).not.toContain("\ufffd");
    }
  });

  it.each(Object.entries(TEXTS))("decodes the whole of %s as transformers.js does", (_, text) => {
    const ids = tokenizer.encode(text, { first: true });
    expect([...ids]).toEqual(source.encode(text, { add_special_tokens: false }));
    expect(tokenizer.decode(ids)).toBe(source.decode([...ids], { clean_up_tokenization_spaces: false }));
    expect(tokenizer.decode(ids)).toBe(tokenizer.tokenTexts(ids, { first: true }).join(""));
  });

  it("spells any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 60 }), fc.boolean(), (text, first) => {
        expect(spelled(tokenizer, text, first).join("")).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it("puts a character on its first token and nothing on the rest", () => {
    const texts = spelled(tokenizer, "𒀀", false);
    expect(texts.filter((text) => text !== "")).toEqual(["𒀀"]);
    expect(texts.indexOf("𒀀")).toBe(0);
    expect(texts.length).toBeGreaterThan(1);
  });

  it("never splits a character over two texts", () => {
    const characters = [..."日本👍ж𒀀é"];
    for (const text of spelled(tokenizer, characters.join(""), false)) {
      for (const character of text) expect(characters).toContain(character);
    }
  });

  it("takes 10,000 characters in time that grows with their number", () => {
    const text = "Zażółć 日本 👍 kitchen light ".repeat(400).slice(0, 10_000);
    const started = performance.now();
    expect(spelled(tokenizer, text, false).join("")).toBe(text);
    const ids = tokenizer.encode(text);
    const texts = performance.now();
    tokenizer.tokenTexts(ids);
    expect(performance.now() - texts).toBeLessThan(500);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("encodes nothing to nothing and decodes nothing to nothing", () => {
    expect(tokenizer.encode("")).toHaveLength(0);
    expect(tokenizer.decode([])).toBe("");
    expect(tokenizer.tokenTexts([])).toEqual([]);
  });

  it("refuses ids that it does not have", () => {
    expect(() => tokenizer.tokenTexts([tokenizer.vocabularySize])).toThrow(ConnectorError);
  });
});

describe("special tokens", () => {
  it("become their ids where they are spelled, and can be left out of a text", async () => {
    const { tokenizer, eosIds } = await realTokenizer("nano");
    const ids = tokenizer.encode("hi<|im_end|>");
    expect(ids.at(-1)).toBe(tokenizer.tokenToId("<|im_end|>"));
    expect(tokenizer.specialIds.has(ids.at(-1) as number)).toBe(true);
    expect(tokenizer.decode(ids)).toBe("hi<|im_end|>");
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe("hi");
    expect(eosIds).toEqual([tokenizer.tokenToId("<|im_end|>")]);
    expect(tokenizer.tokenToId("no such token")).toBeNull();
  });

  it("say whether a plain text is fed with a start of text", async () => {
    expect((await realTokenizer("nano")).tokenizer.addsBos).toBe(true);
    expect((await realTokenizer("llama2")).tokenizer.addsBos).toBe(true);
    expect((await realTokenizer("gpt2")).tokenizer.addsBos).toBe(false);
  });

  it("the blank before a first word is put at the start only", async () => {
    const { tokenizer } = await realTokenizer("llama2");
    expect(tokenizer.encode("Hello", { first: true })).toEqual(Int32Array.of(tokenizer.tokenToId("▁Hello") as number));
    expect(tokenizer.encode("Hello")).toEqual(Int32Array.of(tokenizer.tokenToId("Hello") as number));
    expect(tokenizer.tokenTexts(tokenizer.encode("<s>Hello</s>there", { first: true }), { first: true })).toEqual([
      "<s>",
      "Hello",
      "</s>",
      "there",
    ]);
    expect(tokenizer.encode(" Hello")).toEqual(Int32Array.of(tokenizer.tokenToId("▁Hello") as number));
  });
});

describe("textsFromBytes", () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);

  it("follows the rule, whatever the cuts", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), fc.array(fc.nat(), { maxLength: 20 }), (raw, cuts) => {
        const bytes = utf8(raw);
        const edges = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
        const pieces = edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
        const texts = textsFromBytes(pieces);
        expect(texts).toHaveLength(pieces.length);
        expect(texts.join("")).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
      }),
    );
  });

  it("joins to what the bytes decode to, also where they are no UTF-8", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 12 }), (pieces) => {
        const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(pieces));
        expect(textsFromBytes(pieces).join("")).toBe(whole);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["one character over three tokens", [[0xe6], [0x97], [0xa5]], ["日", "", ""]],
    ["the tail of one character and the next", [[0xe6, 0x97], [0xa5, 0x61], [0x62]], ["日", "a", "b"]],
    ["two characters that share a token", [[0xc3], [0xa9, 0xc3], [0xa9]], ["é", "é", ""]],
    ["an unfinished character at the end", [[0x61], [0xe6, 0x97]], ["a", "\ufffd"]],
    ["an unfinished character before a letter", [[0xe6], [0x97], [0x61]], ["\ufffd", "", "a"]],
  ])("%s", (_, pieces, texts) => {
    expect(textsFromBytes(pieces.map((bytes) => Uint8Array.from(bytes)))).toEqual(texts);
  });
});

describe("loading a tokeniser", () => {
  it("needs an absolute folder with its files", async () => {
    await expect(loadTokenizer("fixtures/models/nano/text")).rejects.toThrow(/absolute path/);
    await expect(loadTokenizer("/no/such/folder")).rejects.toThrow(/no tokenizer.json/);
  });

  it("refuses vocabularies whose spelling it does not know", () => {
    expect(() => vocabularySpelling({ decoder: { type: "WordPiece" } })).toThrow(/WordPiece.*not supported/);
    expect(() => vocabularySpelling({ decoder: null })).toThrow(ConnectorError);
  });
});
