import { describe, expect, it } from "vitest";
import type { Aligner } from "../../src/chat/audio_segment.js";
import { ModalityFlag, ModelHistoryTrackingMode, Role, SystemRolesSetup } from "../../src/chat/enums.js";
import { ExcludePunctuationTokensFilter } from "../../src/chat/filters.js";
import { TokenFilter } from "../../src/chat/token_filter.js";
import { type BaseChatOptions, BaseMllmChat } from "../../src/compat/chat.js";
import { ExplainerCache } from "../../src/compat/explainer_cache.js";
import { TransformersTextChat } from "../../src/connectors/causal_text/chat.js";
import { AllTextTokensFilteredOutError, ConnectorError } from "../../src/errors.js";
import type { RunEvent } from "../../src/events.js";
import { bitString, bits, ChatWithAudio, MarkedChat } from "../support/chats.js";
import { fakeTokenizer } from "../support/fake_tokenizers.js";

const CHARACTERS = fakeTokenizer({ kind: "char" });
const ALIGNER: Aligner = { align: async () => [], attachAudioToSegments: async (segments) => segments };
const { TEXT, AUDIO } = ModalityFlag;

function plain(options: BaseChatOptions = {}): TransformersTextChat {
  return new TransformersTextChat({ ...options, tokenizer: CHARACTERS });
}

function talk<C extends BaseMllmChat>(chat: C, ...turns: readonly (readonly [Role, string])[]): C {
  for (const [role, text] of turns) {
    chat.newTurn(role);
    if (text !== "") chat.addText(text);
    chat.endTurn();
  }
  return chat;
}

const state = (chat: BaseMllmChat) => [
  [...chat.inputTokens],
  [...chat.tokenTurns],
  chat.tokenRoles,
  chat.turnRoles,
  chat.speaker,
  chat.fingerprint,
];

describe("building a chat", () => {
  it("knows who speaks", () => {
    const chat = plain();
    expect([chat.speaker, chat.isSystemTurn, chat.turnNumber]).toEqual([null, false, 0]);
    chat.newTurn(Role.SYSTEM);
    expect([chat.speaker, chat.isSystemTurn, chat.turnNumber]).toEqual([Role.SYSTEM, true, 1]);
    chat.endTurn();
    expect([chat.speaker, chat.isSystemTurn, chat.turnNumber]).toEqual([null, false, 1]);
  });

  it.each([
    ["ends a turn that is not open", (chat: BaseMllmChat) => chat.endTurn(), /No active turn to end/],
    ["adds text outside a turn", (chat: BaseMllmChat) => chat.addText("x"), /no active speaker/],
    ["adds no text", (chat: BaseMllmChat) => chat.addText(""), /non-empty string, got ""/],
    ["adds something else", (chat: BaseMllmChat) => chat.addText(7 as never), /non-empty string, got number/],
    ["names no role", (chat: BaseMllmChat) => chat.newTurn(3 as Role), /no role has the ordinal 3/],
    ["appends outside a turn", (chat: BaseMllmChat) => chat.append(Int32Array.of(65)), /no active speaker/],
    [
      "appends too few flags",
      (chat: BaseMllmChat) => chat.append(Int32Array.of(65, 66), undefined, [TEXT]),
      /1 text and 0 audio steps.*2 text tokens/,
    ],
    ["appends unknown flags", (chat: BaseMllmChat) => chat.append(Int32Array.of(65), undefined, [TEXT, ModalityFlag.IGNORE]), /of 2/],
  ] as const)("refuses a caller that %s, and changes nothing", (_, act, reason) => {
    for (const chat of [plain(), new MarkedChat(CHARACTERS)]) {
      talk(chat, [Role.USER, "hi"]);
      const before = state(chat);
      expect(() => act(chat)).toThrow(reason);
      expect(state(chat)).toEqual(before);
    }
  });

  it("refuses a turn inside a turn, and changes nothing", () => {
    const chat = new MarkedChat(CHARACTERS);
    chat.newTurn(Role.USER);
    const before = state(chat);
    expect(() => chat.newTurn(Role.USER)).toThrow(/another turn is active/);
    expect(state(chat)).toEqual(before);
  });

  it("a text-only chat warns of audio and adds none", async () => {
    const events: RunEvent[] = [];
    const chat = plain({ onEvent: (event) => events.push(event) });
    chat.newTurn(Role.USER);
    const before = state(chat);
    await chat.addAudio(Uint8Array.of(1));
    await chat.addAudioWithTranscript(Uint8Array.of(1), "one", ALIGNER, "wav");
    await chat.attachAudioToSegments(ALIGNER, Uint8Array.of(1), "wav");
    expect(events.map(({ kind }) => kind)).toEqual(["warning", "warning", "warning"]);
    expect(state(chat)).toEqual(before);
    await expect(chat.addAudio(new Uint8Array(0))).rejects.toThrow(/non-empty bytes/);
    await expect(chat.addAudio("wav" as never)).rejects.toThrow(ConnectorError);
    expect(await chat.decodeAudio()).toHaveLength(0);
    expect(chat.audioTokens.frames).toBe(0);
  });

  it("a text-only chat holds no generated audio, but lets it go where the history is text", () => {
    const audio = { frames: 1, codebooks: 2, codes: Int32Array.of(5, 6) };
    const chat = plain();
    chat.newTurn(Role.ASSISTANT);
    chat.append(Int32Array.of(65), audio, [TEXT, AUDIO], ModelHistoryTrackingMode.TEXT);
    expect(chat.decodeText()).toBe("A");
    const before = state(chat);
    expect(() => chat.append(Int32Array.of(66), audio, [TEXT, AUDIO], ModelHistoryTrackingMode.TEXT_AUDIO)).toThrow(
      /holds no generated audio/,
    );
    expect(state(chat)).toEqual(before);
  });

  it("keeps generated steps in order, as far as the history goes", () => {
    const audio = { frames: 2, codebooks: 2, codes: Int32Array.of(5, 50, 6, 60) };
    const flags = [TEXT, AUDIO, TEXT, AUDIO] as const;
    const spoken = (mode: ModelHistoryTrackingMode) => {
      const chat = new ChatWithAudio(CHARACTERS);
      chat.newTurn(Role.ASSISTANT);
      chat.append(Int32Array.of(65, 66), audio, flags, mode);
      return [chat.tokensModalityFlag.slice(chat.tokenRoles.indexOf(Role.ASSISTANT)), chat.heard];
    };
    expect(spoken(ModelHistoryTrackingMode.TEXT)).toEqual([[TEXT, TEXT], []]);
    expect(spoken(ModelHistoryTrackingMode.AUDIO)).toEqual([
      [AUDIO, AUDIO],
      [5, 6],
    ]);
    expect(spoken(ModelHistoryTrackingMode.TEXT_AUDIO)).toEqual([[...flags], [5, 6]]);
  });
});

describe("masks", () => {
  it("external masks and groups fit the chat, and keep it from growing until they are gone", () => {
    const chat = talk(plain(), [Role.SYSTEM, "ab"], [Role.USER, "cdef"]);
    expect(() => {
      chat.externalShapValuesMask = bits("111");
    }).toThrow(/3 for 6/);
    chat.externalShapValuesMask = bits("111010");
    expect(bitString(chat.shapValuesMask)).toBe("001010");
    chat.newTurn(Role.USER);
    expect(() => chat.addText("x")).toThrow(/external_shap_values_mask is set/);
    chat.externalShapValuesMask = null;
    chat.externalGroupIds = Int32Array.of(0, 0, 1, 1, 2, 2);
    expect(() => chat.addText("x")).toThrow(/external_group_ids is set/);
    chat.externalGroupIds = null;
    chat.addText("x");
    expect(bitString(chat.shapValuesMask)).toBe("0011111");
  });

  it("audio cannot be added either while they are set", async () => {
    const chat = new ChatWithAudio(CHARACTERS);
    chat.newTurn(Role.USER);
    chat.externalShapValuesMask = new Uint8Array(chat.inputTokensNum).fill(1);
    await expect(chat.addAudio(Uint8Array.of(1, 2))).rejects.toThrow(/external_shap_values_mask/);
    expect(chat.heard).toEqual([]);
  });

  it("the caller's arrays are copied", () => {
    const chat = talk(plain(), [Role.USER, "abcd"]);
    const [mask, ids] = [bits("1100"), Int32Array.of(1, 1, 2, 2)];
    chat.externalShapValuesMask = mask;
    mask.fill(0);
    expect(bitString(chat.shapValuesMask)).toBe("1100");
    chat.externalGroupIds = ids;
    ids.fill(0);
    expect([...(chat.externalGroupIds as Int32Array)]).toEqual([1, 1, 2, 2]);
  });

  it("group ids are arbitrary: players are the distinct ones, ascending", () => {
    const chat = talk(plain(), [Role.SYSTEM, "ab"], [Role.USER, "cdef"]);
    chat.externalGroupIds = Int32Array.of(70, 0, 9, 70, 3, 9);
    expect(chat.playersNum).toBe(3);
    expect([...(chat.externalGroupIdsFirstPositions as Int32Array)]).toEqual([4, 2, 0]);
    expect(bitString(chat.shapValuesMask)).toBe("101010");
    expect(bitString(chat.externalGroupIdsPositiveMask as Uint8Array)).toBe("101111");
    expect(bitString(chat.translateGroupsIdsMask(bits("010010")))).toBe("010010");
    expect(bitString(chat.translateGroupsIdsMask(bits("100101")))).toBe("100100");
    expect(chat.withPlayers(bits("010")).decodeText()).toBe("bcf");
    expect(chat.withPlayers(bits("001")).decodeText()).toBe("abd");
    expect(BaseMllmChat.fromChat(bits("101000"), chat).decodeText()).toBe("acdf");
  });

  it.each([
    [Int32Array.of(1, 2), /2 for 4/],
    [Int32Array.of(0, -1, 1, 1), /group id -1 of token 1/],
  ] as const)("refuses groups %j", (ids, reason) => {
    const chat = talk(plain(), [Role.USER, "abcd"]);
    expect(() => {
      chat.externalGroupIds = ids;
    }).toThrow(reason);
    expect(chat.externalGroupIds).toBeNull();
  });

  it("a mask that fits is translated; without groups it stays, and what belongs to groups is refused", () => {
    const chat = talk(plain(), [Role.USER, "abcd"]);
    expect(bitString(chat.translateGroupsIdsMask(bits("1011")))).toBe("1011");
    expect(() => chat.externalGroupIdsFirstPositions).toThrow(/not set/);
    expect(() => chat.externalGroupIdsPositiveMask).toThrow(/not set/);
    chat.externalGroupIds = new Int32Array(4);
    expect(() => chat.shapValuesMask).toThrow(/no positive ID/);
    chat.externalGroupIds = Int32Array.of(1, 1, 2, 2);
    expect(() => chat.translateGroupsIdsMask(bits("111"))).toThrow(/does not fit/);
  });

  it("a filtered phrase is a run of text inside one turn", () => {
    const chat = talk(plain({ tokenFilter: new TokenFilter(["bc", "dd"]) }), [Role.USER, "abcdd"], [Role.USER, "dbcdb"], [Role.USER, "c"]);
    expect(bitString(chat.textTokensNoSystemMaskFiltered)).toBe("10000" + "10011" + "1");
    expect(chat.tokenSequencesToExclude.map((ids) => CHARACTERS.decode(ids))).toEqual(["bc", "dd"]);
  });

  it("masks of text and audio are relative to their own tokens", async () => {
    const chat = new ChatWithAudio(CHARACTERS, { tokenFilter: new ExcludePunctuationTokensFilter() });
    chat.newTurn(Role.SYSTEM);
    await chat.addAudio(Uint8Array.of(9));
    chat.endTurn();
    chat.newTurn(Role.USER);
    chat.addText("a!");
    await chat.addAudio(Uint8Array.of(1, 2));
    chat.endTurn();
    expect(chat.audioTokensNoSystemMask).toEqual(bits("011"));
    expect(chat.audioTokensNoSystemMaskFiltered).toEqual(bits("011"));
    expect(chat.textTokensNoSystemMask).toHaveLength(chat.textTokens.length);
    const players = [...chat.shapValuesMask].flatMap((bit, i) => (bit === 1 ? [i] : []));
    expect(players.map((i) => chat.tokenTexts[i])).toEqual(["a", "", ""]);
    expect(players.map((i) => chat.tokenTimes[i])).toEqual([null, { startS: 0, endS: 1 }, { startS: 1, endS: 2 }]);
    expect(chat.inputTokens.filter((id) => id === -1)).toHaveLength(3);
    expect(chat.textTokensMask.map((bit) => 1 - bit)).toEqual(chat.audioTokensMask);
  });

  it("a text mask masks the chat itself, with roles, turns and what is set from outside", () => {
    const chat = talk(plain(), [Role.SYSTEM, "s"], [Role.USER, "abc"], [Role.USER, "d"]);
    expect(() => chat.applyTextMask(bits("1"))).toThrow(/does not fit the text tokens of the chat: 1 for 5/);
    expect(chat.decodeText()).toBe("sabcd");
    chat.externalShapValuesMask = bits("11010");
    expect(CHARACTERS.decode(chat.applyTextMask(bits("01011")))).toBe("acd");
    expect(chat.decodeText()).toBe("acd");
    expect([chat.turnRoles, [...chat.tokenTurns], chat.turnNumber]).toEqual([[Role.USER, Role.USER], [1, 1, 2], 2]);
    expect(bitString(chat.externalShapValuesMask as Uint8Array)).toBe("110");
    expect(bitString(chat.shapValuesMask)).toBe("110");
    chat.externalShapValuesMask = null;
    chat.externalGroupIds = Int32Array.of(7, 0, 7);
    chat.applyTextMask([true, true, false] as never);
    expect([...(chat.externalGroupIds as Int32Array)]).toEqual([7, 0]);
  });
});

describe("fromChat", () => {
  const markers = ["user", "system", "assistant"].map((role) => CHARACTERS.encode(`<|im_start|>${role}\n<|im_end|>\n`));

  it("keeps roles, turns and what is said", () => {
    const chat = talk(
      new MarkedChat(CHARACTERS, { emptyTurnSequences: markers }),
      [Role.SYSTEM, "s"],
      [Role.USER, "u"],
      [Role.ASSISTANT, "a"],
      [Role.USER, "v"],
    );
    const mask = new Uint8Array(chat.inputTokensNum).fill(1);
    mask[chat.tokenRoles.indexOf(Role.USER)] = 0;
    const masked = BaseMllmChat.fromChat(mask, chat);
    expect(masked.turnRoles).toEqual([Role.SYSTEM, Role.ASSISTANT, Role.USER]);
    expect(masked.turnNumber).toBe(3);
    expect([...new Set(masked.tokenTurns)]).toEqual([1, 2, 3]);
    expect(masked.getConversation().map((entries) => entries.flatMap(({ content: texts }) => texts).join(""))).toEqual([
      "<|im_start|>system\ns<|im_end|>\n",
      "<|im_start|>assistant\na<|im_end|>\n",
      "<|im_start|>user\nv<|im_end|>\n",
    ]);
  });

  it("works after user audio as the first turn, whatever is masked", async () => {
    const chat = new ChatWithAudio(CHARACTERS, { emptyTurnSequences: markers });
    chat.newTurn(Role.USER);
    await chat.addAudio(Uint8Array.of(1, 2, 3));
    chat.endTurn();
    talk(chat, [Role.USER, "x"]);
    const mask = Uint8Array.from(chat.audioTokensMask, (bit, i) => (bit === 1 && i % 2 === 0 ? 0 : 1));
    const masked = BaseMllmChat.fromChat(mask, chat);
    expect(masked.heard.length).toBe(chat.heard.length - [...mask].filter((bit) => bit === 0).length);
    expect(masked.turnNumber).toBe(2);
    expect(
      BaseMllmChat.fromChat(
        Uint8Array.from(chat.audioTokensMask, (bit) => 1 - bit),
        chat,
      ).turnNumber,
    ).toBe(1);
  });

  it("gives a chat that can go on", () => {
    const chat = talk(plain(), [Role.USER, "ab"], [Role.ASSISTANT, "c"]);
    const masked = BaseMllmChat.fromChat(bits("011"), chat);
    talk(masked, [Role.USER, "d"]);
    expect(masked.decodeText()).toBe("bcd");
    expect([...masked.tokenTurns]).toEqual([1, 2, 3]);
    expect(chat.decodeText()).toBe("abc");
  });

  it("does not pass on external masks, groups or the cache", () => {
    const chat = talk(plain(), [Role.USER, "abcd"]);
    chat.externalShapValuesMask = bits("1100");
    const masked = BaseMllmChat.fromChat(bits("1111"), chat);
    expect([masked.externalShapValuesMask, masked.externalGroupIds, masked.cache]).toEqual([null, null, null]);
    expect(bitString(masked.shapValuesMask)).toBe("1111");
  });

  it("says what is wrong with a mask", async () => {
    const chat = new ChatWithAudio(CHARACTERS, { systemRolesSetup: SystemRolesSetup.SYSTEM });
    chat.newTurn(Role.USER);
    await chat.addAudio(Uint8Array.of(1));
    chat.endTurn();
    expect(() => BaseMllmChat.fromChat(bits("1"), chat)).toThrow(/Mask size does not match/);
    expect(() => BaseMllmChat.fromChat(new Uint8Array(chat.inputTokensNum), chat)).toThrow(/cannot be all False/);
    expect(() => BaseMllmChat.fromChat(Uint8Array.from(chat.audioTokensMask), chat)).toThrow(AllTextTokensFilteredOutError);
  });

  it("makes new chats with the callable it is given", () => {
    let made = 0;
    const chat = plain({
      getNewChatCallable: () => {
        made++;
        return plain({ systemRolesSetup: SystemRolesSetup.NONE });
      },
    });
    talk(chat, [Role.SYSTEM, "s"], [Role.USER, "ab"]);
    expect(bitString(BaseMllmChat.fromChat(bits("111"), chat).shapValuesMask)).toBe("111");
    expect(made).toBe(1);
  });
});

describe("copy", () => {
  it("has the same tokens, turns (empty ones too) and explanation, and goes its own way", () => {
    const chat = talk(plain({ systemRolesSetup: SystemRolesSetup.NONE }), [Role.USER, "ab"], [Role.ASSISTANT, ""], [Role.USER, "c"]);
    chat.cache = ExplainerCache.create({
      calculatedBy: "exact",
      chat,
      responses: [],
      masks: [],
      shapValuesMask: bits("111"),
      values: Float64Array.of(1, 2, 3),
      normalizedValues: Float64Array.of(1, 2, 3),
    });
    chat.externalGroupIds = Int32Array.of(1, 1, 2);
    const copy = chat.copy();
    expect([state(copy), copy.systemRolesSetup, copy.externalGroupIds]).toEqual([state(chat), SystemRolesSetup.NONE, null]);
    expect(copy.turnRoles).toEqual([Role.USER, Role.ASSISTANT, Role.USER]);
    talk(copy, [Role.ASSISTANT, "d"]);
    expect(copy.cache?.chat).toBe(copy);
    expect(copy.getConversation().map((entries) => entries.map(({ shapValues }) => shapValues))).toEqual([[[1, 2]], [], [[3]], [[null]]]);
    expect(chat.decodeText()).toBe("abc");
  });

  it("audio goes with it", async () => {
    const chat = new ChatWithAudio(CHARACTERS);
    chat.newTurn(Role.USER);
    await chat.addAudio(Uint8Array.of(4, 5));
    expect(chat.copy().heard).toEqual([4, 5]);
  });
});

describe("readyToAnswer", () => {
  it("is the chat where the assistant's turn is open, else a copy in which it is", () => {
    const chat = talk(new MarkedChat(CHARACTERS), [Role.USER, "hi"]);
    const ready = chat.readyToAnswer();
    expect(ready.decodeText()).toBe(`${chat.decodeText()}<|im_start|>assistant\n`);
    expect([ready.speaker, chat.speaker]).toEqual([Role.ASSISTANT, null]);
    expect(ready.readyToAnswer()).toBe(ready);
    expect(ready.fingerprint).toBe(chat.fingerprint);
    const [before, closed] = [chat.fingerprint, talk(new MarkedChat(CHARACTERS), [Role.USER, "hi"], [Role.ASSISTANT, ""])];
    expect(closed.fingerprint).not.toBe(before);
    talk(chat, [Role.USER, "ho"]);
    expect(chat.readyToAnswer().decodeText()).toContain("ho");
    expect(chat.fingerprint).not.toBe(before);
  });

  it("refuses a chat without a token, and one whose open turn is another's", () => {
    expect(() => new MarkedChat(CHARACTERS).readyToAnswer()).toThrow(/without any token/);
    for (const role of [Role.USER, Role.SYSTEM]) {
      const chat = new MarkedChat(CHARACTERS);
      chat.newTurn(role);
      chat.addText("hi");
      expect(() => chat.readyToAnswer()).toThrow(new RegExp(`turn of the ${Role[role].toLowerCase()} is still open`));
      expect(chat.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});

describe("getConversation", () => {
  it("starts an entry where the modality changes", async () => {
    const chat = new ChatWithAudio(CHARACTERS);
    chat.newTurn(Role.USER);
    await chat.addAudio(Uint8Array.of(7, 8));
    chat.addText("a");
    chat.endTurn();
    const [entries] = chat.getConversation();
    expect(entries?.map(({ contentType }) => contentType)).toEqual([TEXT, AUDIO, TEXT]);
    expect(entries?.[1]).toEqual({
      contentType: AUDIO,
      roles: [Role.USER, Role.USER],
      content: [Uint8Array.of(7), Uint8Array.of(8)],
      shapValues: null,
    });
  });

  it("shows no values of another chat", () => {
    const [one, other] = [talk(plain(), [Role.USER, "ab"]), talk(plain(), [Role.USER, "ab"])];
    const values = Float64Array.of(1, 2);
    const cache = ExplainerCache.create({
      calculatedBy: "exact",
      chat: other,
      responses: [],
      masks: [],
      shapValuesMask: bits("11"),
      values,
      normalizedValues: values,
    });
    for (const wrong of [cache, {}, undefined]) {
      expect(() => {
        one.cache = wrong as never;
      }).toThrow(ConnectorError);
    }
    expect(one.cache).toBeNull();
    other.cache = cache;
    other.cache = null;
    expect(other.getConversation()[0]?.[0]?.shapValues).toBeNull();
  });

  it("decodes several lists of ids as one", () => {
    expect(plain().decodeText([Int32Array.of(97, 98), [99]])).toBe("abc");
    expect(plain().decodeText([97, 98])).toBe("ab");
    for (const wrong of [null, "ab", [1.5], [[97], "b"]]) expect(() => plain().decodeText(wrong as never)).toThrow(ConnectorError);
  });

  it("a turn without tokens is an empty list", () => {
    const chat = talk(plain(), [Role.USER, "a"], [Role.ASSISTANT, ""], [Role.USER, "b"]);
    expect(chat.getConversation().map((entries) => entries.length)).toEqual([1, 0, 1]);
    expect(plain().getConversation()).toEqual([]);
  });
});

describe("fingerprint", () => {
  it("is that of what is fed: ids and audio, not turns or roles", async () => {
    const [one, two] = [talk(plain(), [Role.USER, "ab"]), talk(plain(), [Role.SYSTEM, "a"], [Role.USER, "b"])];
    expect(one.fingerprint).toBe(two.fingerprint);
    expect(one.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(talk(plain(), [Role.USER, "ba"]).fingerprint).not.toBe(one.fingerprint);
    const saying = async (...payload: number[]) => {
      const chat = new ChatWithAudio(CHARACTERS);
      chat.newTurn(Role.USER);
      await chat.addAudio(Uint8Array.from(payload));
      return chat.fingerprint;
    };
    expect(await saying(1, 2)).toBe(await saying(1, 2));
    expect(await saying(1, 2)).not.toBe(await saying(1, 3));
  });

  it("follows every change", () => {
    const chat = talk(plain(), [Role.USER, "ab"]);
    const before = chat.fingerprint;
    talk(chat, [Role.USER, "c"]);
    expect(chat.fingerprint).not.toBe(before);
  });

  it("refresh is invisible", () => {
    const chat = talk(plain(), [Role.SYSTEM, "s"], [Role.USER, "ab"]);
    const seen = [chat.fingerprint, chat.shapValuesMask, chat.playersNum];
    chat.refresh();
    chat.refresh({ full: false, shap: true });
    expect([chat.fingerprint, chat.shapValuesMask, chat.playersNum]).toEqual(seen);
  });
});
