import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type Knit, knitBy } from "../../../src/connectors/speech/knit.js";
import { loadTokenizer } from "../../../src/text/load_tokenizer.js";
import type { Tokenizer } from "../../../src/text/tokenizer.js";

const FOLDER = fileURLToPath(new URL("../../../fixtures/tiny/gemma3n", import.meta.url));

describe("two tokens where what stands around a clip meets a text", () => {
  let tokenizer: Tokenizer;
  let knit: Knit;
  const idOf = (text: string): number => {
    const ids = tokenizer.encode(text, { first: false });
    expect(ids).toHaveLength(1);
    return ids[0] as number;
  };

  beforeAll(async () => {
    ({ tokenizer } = await loadTokenizer(FOLDER));
    knit = knitBy(tokenizer);
  });

  it("are written as the tokeniser writes both", () => {
    expect(knit(idOf("\n\n"), idOf("\n\n"))).toEqual(Int32Array.of(idOf("\n\n\n\n")));
    expect(knit(idOf("\n"), idOf("\n\n"))).toEqual(Int32Array.of(idOf("\n\n"), idOf("\n")));
  });

  it("stay as they are where it writes the same, where one is a mark of its own, and where there are words", () => {
    expect(knit(idOf("\n\n"), idOf("\n"))).toBeNull();
    expect(knit(tokenizer.tokenToId("<start_of_audio>") as number, idOf("\n"))).toBeNull();
    expect(knit(idOf("w"), idOf("h"))).toBeNull();
  });
});
