import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TransformersCausalText } from "../../../src/connectors/causal_text/model.js";
import { openModel } from "../../../src/connectors/registry.js";
import { DEFAULT_TEXT_MASKING, standInsOf, TextMaskingSchema, textMasks } from "../../../src/text/masks/registry.js";

describe("text masks", () => {
  let model: TransformersCausalText;
  beforeAll(async () => {
    const opened = await openModel("transformers-text", { config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 });
    if (!(opened instanceof TransformersCausalText)) throw new Error("another model");
    model = opened;
  });
  afterAll(() => model.dispose());

  const chatWith = async (textMasking: unknown) =>
    await model.buildChat([{ role: "user", content: [{ kind: "text", text: "turn on the light" }] }], {
      textMasking: TextMaskingSchema.parse(textMasking),
    });
  /** What is fed with the players at `left` left out. */
  const fed = async (textMasking: unknown, left: readonly number[], groups?: readonly number[]) => {
    const chat = await chatWith(textMasking);
    const { players, masked } = chat.playable(groups && [...chat.shapValuesMask].map((bit, i) => (bit === 1 ? (groups[i - 4] ?? 0) : 0)));
    const coalition = Uint8Array.from({ length: players }, (_, i) => (left.includes(i) ? 0 : 1));
    const { promptIds, tokenTexts } = masked(coalition);
    expect(model.processor.tokenTexts(promptIds).join("")).toBe(tokenTexts.join(""));
    return tokenTexts.join("");
  };
  const around = (text: string): string => `<|startoftext|><|im_start|>user\n${text}<|im_end|>\n<|im_start|>assistant\n`;

  it("of every kind leave a chat as it is where nothing is left out, and take their defaults by name", async () => {
    for (const { name } of textMasks) expect(await fed(name, [])).toBe(around("turn on the light"));
    expect(TextMaskingSchema.parse("delete")).toEqual(DEFAULT_TEXT_MASKING);
    expect(TextMaskingSchema.parse("filler")).toEqual({ kind: "filler", text: "." });
    expect(() => TextMaskingSchema.parse("blur")).toThrow();
    expect(() => TextMaskingSchema.parse({ kind: "filler", width: 2 })).toThrow();
  });

  it("delete: what follows moves up", async () => {
    expect(await fed("delete", [1, 2])).toBe(around("turn light"));
  });

  it("filler: one token for each, so that positions stay", async () => {
    expect(await fed("filler", [1, 2])).toBe(around("turn.. light"));
    const chat = await chatWith("filler");
    const { masked, players } = chat.playable();
    const nobody = masked(new Uint8Array(players));
    expect(nobody.promptIds).toHaveLength(chat.promptIds.length);
    nobody.promptIds.forEach((id, i) => {
      if (chat.shapValuesMask[i] !== 1) expect(id).toBe(chat.promptIds[i]);
    });
  });

  it("placeholder: once for a player, of as many tokens as its text has", async () => {
    expect(await fed({ kind: "placeholder", text: "[...]" }, [1, 2])).toBe(around("turn[...][...] light"));
    expect(await fed({ kind: "placeholder", text: "[...]" }, [0], [1, 1, 1, 2])).toBe(around("[...] light"));
    expect(await fed({ kind: "placeholder", text: "_" }, [0], [1, 2, 2, 1])).toBe(around("_ on the_"));
  });

  it("keep a turn of which all is left out", async () => {
    const messages = ["turn on the light", "and the lamp"].flatMap((text) => [
      { role: "user" as const, content: [{ kind: "text" as const, text }] },
      { role: "assistant" as const, content: [{ kind: "text" as const, text: "done" }] },
    ]);
    const chat = await model.buildChat(messages.slice(0, 3), { textMasking: { kind: "placeholder", text: "_" } });
    const { masked, players } = chat.playable();
    const left = masked(new Uint8Array(players));
    expect(left.turnNumber).toBe(chat.turnNumber);
    expect(left.fingerprint).not.toBe(chat.fingerprint);
  });

  it("refuse what a vocabulary cannot do, by name", async () => {
    expect(() => standInsOf({ kind: "filler", text: "[...]" }, model.processor)).toThrow(
      'explain.text_masking: the filler "[...]" must be one token, and this model\'s tokeniser makes 3 of it: "[", "...", "]"',
    );
    expect(() => model.getNewChat({ textMasking: { kind: "blur" } as never })).toThrow(
      /textMasking is none: valid are delete, placeholder, filler/,
    );
  });
});
