import { describe, expect, it } from "vitest";
import { Role } from "../../src/chat/enums.js";
import { ExplainerCache, type ExplainerCacheInit } from "../../src/compat/explainer_cache.js";
import { TransformersTextChat } from "../../src/connectors/causal_text/chat.js";
import { ConnectorError } from "../../src/errors.js";
import { bits } from "../support/chats.js";
import { fakeTokenizer } from "../support/fake_tokenizers.js";

const { NaN: none } = Number;

function explained(): { readonly chat: TransformersTextChat; readonly init: ExplainerCacheInit } {
  const chat = new TransformersTextChat({ tokenizer: fakeTokenizer({ kind: "char" }) });
  chat.newTurn(Role.SYSTEM);
  chat.addText("s");
  chat.endTurn();
  chat.newTurn(Role.USER);
  chat.addText("ab");
  chat.endTurn();
  const init = {
    calculatedBy: "exact",
    chat,
    responses: [],
    masks: [bits("111"), bits("101")],
    shapValuesMask: bits("011"),
    values: Float64Array.of(none, 0.5, -0.25),
    normalizedValues: Float64Array.of(none, 1, 0),
  };
  return { chat, init };
}

describe("ExplainerCache", () => {
  it("holds what was explained, copied", () => {
    const { init } = explained();
    const cache = ExplainerCache.create(init);
    init.values.fill(9);
    init.masks[0]?.fill(0);
    expect([cache.calculatedBy, cache.n, cache.hadDifferentMasks]).toEqual(["exact", 3, false]);
    expect([...cache.values]).toEqual([none, 0.5, -0.25]);
    expect(cache.masks.map((mask) => [...mask])).toEqual([
      [1, 1, 1],
      [1, 0, 1],
    ]);
  });

  it("stands behind the values of a conversation, also when the chat has grown", () => {
    const { chat, init } = explained();
    chat.cache = ExplainerCache.create(init);
    expect(chat.cache.chat).toBe(chat);
    chat.newTurn(Role.ASSISTANT);
    chat.addText("ok");
    chat.endTurn();
    expect(chat.getConversation().map((entries) => entries[0]?.shapValues)).toEqual([[null], [1, 0], [null, null]]);
    expect(chat.cache.extendMasks().map((mask) => [...mask])).toEqual([
      [1, 1, 1, 1, 1],
      [1, 0, 1, 1, 1],
    ]);
    expect([...chat.cache.extendValues(chat.cache.values)]).toEqual([none, 0.5, -0.25, none, none]);
    expect(chat.cache.n).toBe(3);
  });

  it("is validated on every set", () => {
    const cache = ExplainerCache.create(explained().init);
    cache.values = Float64Array.of(none, 2, 3);
    expect([...cache.values]).toEqual([none, 2, 3]);
    for (const set of [
      (values: Float64Array) => {
        cache.values = values;
      },
      (values: Float64Array) => {
        cache.normalizedValues = values;
      },
    ]) {
      expect(() => set(Float64Array.of(none, none, 1))).toThrow(/contain NaN values.*token 1/);
      expect(() => set(Float64Array.of(none, 1))).toThrow(/contain NaN values.*token 2/);
      expect(() => set(Float64Array.of(0, 1, 1))).toThrow(/non-NaN values.*token 0/);
      expect(() => set(new Float64Array(4))).toThrow(/larger than the number of tokens.*4 for 3/);
    }
    expect([...cache.values]).toEqual([none, 2, 3]);
  });

  it.each([
    ["a mask of other players", { shapValuesMask: bits("01") }, /mask of explained tokens has 2 entries/],
    ["a played mask of another chat", { masks: [bits("1111")] }, /played mask has 4 entries/],
  ])("refuses %s", (_, wrong, reason) => {
    expect(() => ExplainerCache.create({ ...explained().init, ...wrong })).toThrow(reason);
    expect(() => ExplainerCache.create({ ...explained().init, ...wrong })).toThrow(ConnectorError);
  });
});
