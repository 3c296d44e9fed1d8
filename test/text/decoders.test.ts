import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AutoTokenizer, type PreTrainedTokenizer } from "@huggingface/transformers";
import { beforeAll, describe, expect, it } from "vitest";
import { loadTokenizer } from "../../src/text/load_tokenizer.js";
import type { Tokenizer } from "../../src/text/tokenizer.js";
import { patchedFolder, realTokenizer, TOKENIZER_FOLDERS } from "../support/tokenizers.js";

const llama = JSON.parse(readFileSync(join(TOKENIZER_FOLDERS.llama2, "tokenizer.json"), "utf8")) as {
  readonly added_tokens: readonly object[];
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
};
const idOf = (entry: string): number => llama.model.vocab[entry] as number;
const blanks = ["▁▁", "▁▁▁▁"].map((content) => ({
  id: idOf(content),
  content,
  special: false,
  normalized: false,
  single_word: false,
  lstrip: false,
  rstrip: false,
}));
const replace = { type: "Replace", pattern: { String: "▁" }, content: " " };
const metaspace = (prepend_scheme: string) => ({ type: "Metaspace", replacement: "▁", prepend_scheme, split: false });

const bytesThen = (decoder: object) => ({ type: "Sequence", decoders: [{ type: "ByteFallback" }, decoder] });

/** Tokenisers as published ones differ in how tokens become text. */
const DECODERS = {
  "Gemma: runs of blanks are added tokens": {
    normalizer: { type: "Replace", pattern: { String: " " }, content: "▁" },
    decoder: { type: "Sequence", decoders: [replace, { type: "ByteFallback" }, { type: "Fuse" }] },
    added_tokens: [...llama.added_tokens, ...blanks],
  },
  "Llama 2: a blank before the first word": {},
  "Metaspace, always": { normalizer: null, pre_tokenizer: metaspace("always"), decoder: bytesThen(metaspace("always")) },
  "Metaspace, first": { normalizer: null, pre_tokenizer: metaspace("first"), decoder: bytesThen(metaspace("first")) },
} as const;

const TEXTS = [
  "turn   on    the  lamp",
  "def f(x):\n    return x\n",
  "two  blanks  ",
  "日本語と漢字：中文测试。",
  "مرحبا بالعالم، كيف حالك؟",
  "שלום עולם",
  "👩‍👩‍👧‍👦 and 🇵🇱!",
  "Zażółć e\u0301",
  "12 345",
];

describe.each(Object.entries(DECODERS))("%s", (_, patch) => {
  let source: PreTrainedTokenizer;
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    const folder = patchedFolder("llama2", patch);
    source = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
    tokenizer = (await loadTokenizer(folder)).tokenizer;
  }, 60_000);

  it.each(TEXTS)("%j: ids and text are those of transformers.js", (text) => {
    const ids = source.encode(text, { add_special_tokens: false });
    expect([...tokenizer.encode(text, { first: true })]).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(source.decode(ids, { clean_up_tokenization_spaces: false }));
    const texts = tokenizer.tokenTexts(ids, { first: true });
    expect(texts.join("")).toBe(text);
    expect(texts.join("")).not.toContain("▁");
  });
});

describe("blanks that a tokeniser puts", () => {
  it("nowhere: a leading blank is the text's own", async () => {
    const { tokenizer } = await loadTokenizer(
      patchedFolder("llama2", { normalizer: null, pre_tokenizer: metaspace("never"), decoder: metaspace("never") }),
    );
    expect(tokenizer.tokenTexts(tokenizer.encode(" Hi there", { first: true }), { first: true }).join("")).toBe(" Hi there");
    expect(tokenizer.opensAfter.size).toBe(0);
  });

  it("after added tokens, too: the ids are the whole tokeniser's, and the texts spell what was encoded", async () => {
    const { tokenizer } = await realTokenizer("llama2");
    // Truth: the tokenizers library on this file.
    const tokens = (text: string, first: boolean) => [...tokenizer.encode(text, { first })];
    expect(tokens("<s>Hello</s>there", true)).toEqual(["<s>", "▁Hello", "</s>", "▁there"].map(idOf));
    expect(tokens("</s>\nHi", true)).toEqual(["</s>", "▁", "<0x0A>", "Hi"].map(idOf));
    expect(tokens("<s> Hi", true)).toEqual(["<s>", "▁", "▁Hi"].map(idOf));
    expect(tokens("and</s>there", false)).toEqual(["and", "</s>", "▁there"].map(idOf));
    for (const text of ["<s>Hello</s>there", "<s> Hi", "</s>\nHi", "a</s> b</s>  c"]) {
      expect(tokenizer.tokenTexts(tokenizer.encode(text, { first: true }), { first: true }).join("")).toBe(text);
    }
    expect(tokenizer.opensAfter.has(idOf("</s>"))).toBe(true);
    expect((await realTokenizer("gpt2")).tokenizer.opensAfter.size).toBe(0);
  });
});

describe("special tokens", () => {
  it("stay as they are, whatever they are spelled with", async () => {
    const special = {
      id: 32_000,
      content: "<｜end▁of▁text｜>",
      special: true,
      normalized: false,
      single_word: false,
      lstrip: false,
      rstrip: false,
    };
    const { tokenizer } = await loadTokenizer(patchedFolder("llama2", { added_tokens: [...llama.added_tokens, special] }));
    expect(tokenizer.tokenTexts([32_000])).toEqual(["<｜end▁of▁text｜>"]);
  });

  it("are known as what is put around a plain text", async () => {
    const affixes = async (folder: string) => {
      const { before, after } = (await loadTokenizer(folder)).tokenizer.affixes;
      return [[...before], [...after]];
    };
    expect(await affixes(TOKENIZER_FOLDERS.llama2)).toEqual([[1], []]);
    expect(await affixes(TOKENIZER_FOLDERS.gpt2)).toEqual([[], []]);
    const token = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
    const ends = {
      type: "TemplateProcessing",
      single: [token("<s>"), { Sequence: { id: "A", type_id: 0 } }, token("</s>")],
      pair: [],
      special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] }, "</s>": { id: "</s>", ids: [2], tokens: ["</s>"] } },
    };
    expect(await affixes(patchedFolder("llama2", { post_processor: ends }))).toEqual([[1], [2]]);
  });
});

describe("ids without a token", () => {
  it("are those beyond the vocabulary and its holes", async () => {
    const added = { id: 32_005, content: "<|new|>", special: true, normalized: false, single_word: false, lstrip: false, rstrip: false };
    const { tokenizer } = await loadTokenizer(patchedFolder("llama2", { added_tokens: [...llama.added_tokens, added] }));
    expect(tokenizer.tokenIds).toEqual({ end: 32_006, unused: [32_000, 32_001, 32_002, 32_003, 32_004] });
    expect((await realTokenizer("llama2")).tokenizer.tokenIds).toEqual({ end: 32_000, unused: [] });
  });
});
