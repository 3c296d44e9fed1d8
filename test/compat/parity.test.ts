import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as library from "../../src/index.js";
import {
  type AudioSegment,
  type BaseMllmChat,
  type BaseMllmModel,
  type ChatEntry,
  LiquidAudio,
  LiquidAudioChat,
  ModalityFlag,
  ModelHistoryTrackingMode,
  Role,
  type RunEvent,
  SpectrogramGuidedAligner,
  SystemRolesSetup,
  TransformersCausalText,
  TransformersTextChat,
} from "../../src/index.js";
import { bitString, bits } from "../support/chats.js";
import { exercised } from "../support/exercise.js";
import { fixtureBytes } from "../support/signals.js";

// The names of the Python package's connector layer, in camel case: whoever ports a script finds them all.

const SPEECH = fixtureBytes("speech.wav");
const SENTENCE = "turn on the light";
const aligner = new SpectrogramGuidedAligner({ threads: 1 });
let text: TransformersCausalText;
let liquid: LiquidAudio;

beforeAll(async () => {
  text = await TransformersCausalText.load({ config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 });
  liquid = await LiquidAudio.load({ config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 });
});
afterAll(() => Promise.all([text.dispose(), liquid.dispose(), aligner.dispose()]));

function ask<C extends BaseMllmChat>(chat: C, content = SENTENCE): C {
  chat.newTurn(Role.USER);
  chat.addText(content);
  chat.endTurn();
  chat.newTurn(Role.ASSISTANT);
  return chat;
}

describe("enums, configs, filters", () => {
  it("have the numbers of the output format", () => {
    expect([ModalityFlag.TEXT, ModalityFlag.AUDIO, ModalityFlag.IGNORE]).toEqual([0, 1, -1]);
    expect([Role.USER, Role.ASSISTANT, Role.SYSTEM]).toEqual([0, 1, 2]);
    const { TEXT, AUDIO, TEXT_AUDIO } = ModelHistoryTrackingMode;
    expect([TEXT, AUDIO, TEXT_AUDIO]).toEqual([0, 1, 2]);
    expect([SystemRolesSetup.NONE, SystemRolesSetup.SYSTEM, SystemRolesSetup.SYSTEM_ASSISTANT]).toEqual([0, 1, 2]);
    expect([0, 1, 2].map(library.roleFromOrdinal)).toEqual([Role.USER, Role.ASSISTANT, Role.SYSTEM]);
    for (const wrong of [-1, 3, 0.5, Number.NaN]) expect(() => library.roleFromOrdinal(wrong)).toThrow(RangeError);
  });

  it("have the defaults and phrases of the original", () => {
    const config: library.HuggingFaceModelConfig = { repoId: "a/b", revision: "main" };
    expect(Object.keys(config)).toEqual(["repoId", "revision"]);
    expect(library.GREEDY).toEqual({ textTemperature: 0, textTopK: 1, audioTemperature: 0, audioTopK: 1 });
    expect([...new library.ExcludePunctuationTokensFilter().phrasesToExclude].sort().join("")).toBe("!,.:;?");
    expect(new library.KeepAllTokens().phrasesToExclude.size).toBe(0);
    expect(new library.TokenFilter(["um"]).phrasesToExclude).toEqual(new Set(["um"]));
  });
});

// The reference pages' members, table by table. A name without a use below, or a use that does not use it, fails.

const CHAT_NAMES = [
  ...["newTurn", "endTurn", "addText", "addAudio", "addAudioWithTranscript", "attachAudioToSegments", "append"],
  ...["decodeText", "decodeAudio", "inputTokens", "inputTokensNum", "textTokens", "audioTokens"],
  ...["tokensModalityFlag", "textTokensMask", "audioTokensMask", "tokenTurns", "tokenRoles", "turnNumber", "speaker", "isSystemTurn"],
  ...["textTokensNoSystemMask", "audioTokensNoSystemMask", "textTokensNoSystemMaskFiltered", "audioTokensNoSystemMaskFiltered"],
  ...["tokenFilter", "tokenSequencesToExclude", "emptyTurnSequences", "systemRolesSetup"],
  ...["externalShapValuesMask", "externalGroupIds", "externalGroupIdsFirstPositions", "externalGroupIdsPositiveMask"],
  ...["translateGroupsIdsMask", "shapValuesMask", "withPlayers", "getNewChatCallable", "device", "cache", "refresh"],
  ...["getConversation", "fingerprint"],
];
const MODEL_NAMES = [
  ...["processor", "model", "config", "device", "historyTrackingMode", "getNewChat", "generate", "generateBatch", "score"],
  ...["getStaticEmbeddings", "getContextualEmbeddings", "dispose"],
];
const TEXT_CHAT_NAMES = ["applyTextMask", "tokenizer"];
const LIQUID_CHAT_NAMES = [
  ...["AUDIO_IN_SHAPE", "AUDIO_OUT_SHAPE", "START_MARK", "EMPTY_SYSTEM_TURN", "EMPTY_USER_TURN", "EMPTY_ASSISTANT_TURN"],
  ...["audioEmptyValue", "modelInputs", "validateFromChat", "tokenizer"],
];
const CACHE_NAMES = [
  ...["calculatedBy", "chat", "n", "responses", "masks", "shapValuesMask", "values", "normalizedValues", "hadDifferentMasks"],
  ...["extendMasks", "extendValues"],
];
const RESPONSE_NAMES = ["chat", "generatedTextTokens", "generatedAudioTokens", "generatedModalityFlag", "text", "finishReason"];
const ALIGNER_NAMES = ["align", "attachAudioToSegments", "modelName", "sampleRate", "boundaryRule", "load", "dispose"];

type Uses<T> = Readonly<Record<string, (it: T) => unknown>>;

/** Uses a fresh object for every name, and fails for a name that is not used then. */
async function usesAll<T extends object>(names: readonly string[], uses: Uses<T>, fresh: () => T | Promise<T>): Promise<void> {
  expect(Object.keys(uses).sort()).toEqual([...names].sort());
  for (const name of names) {
    const { it: object, used } = exercised(await fresh());
    await uses[name]?.(object);
    expect([...used], `${name} is used`).toContain(name);
  }
}

/** "turn on the light" of the user, ended. */
function told<C extends BaseMllmChat>(chat: C): C {
  chat.newTurn(Role.USER);
  chat.addText(SENTENCE);
  chat.endTurn();
  return chat;
}

const ones = (mask: ArrayLike<number>): number => Array.from(mask).filter((bit) => bit === 1).length;

/** Two groups: the first token of the user, and the three after it. */
function grouped(chat: BaseMllmChat): Int32Array {
  const ids = new Int32Array(chat.inputTokensNum);
  ids.set([5, 2, 2, 2], chat.tokenRoles.indexOf(Role.USER));
  return ids;
}

/** Chats of a user's four words. */
const CHAT_USES: Uses<BaseMllmChat> = {
  newTurn: (chat) => {
    chat.newTurn(Role.ASSISTANT);
    expect(chat.turnRoles).toEqual([Role.USER, Role.ASSISTANT]);
  },
  endTurn: (chat) => {
    expect(() => chat.endTurn()).toThrow(/No active turn/);
    chat.newTurn(Role.USER);
    chat.endTurn();
    expect(chat.speaker).toBeNull();
  },
  addText: (chat) => {
    const before = chat.inputTokensNum;
    chat.newTurn(Role.USER);
    chat.addText("please");
    expect(chat.inputTokensNum).toBeGreaterThan(before);
  },
  addAudio: async (chat) => {
    chat.newTurn(Role.USER);
    await chat.addAudio(SPEECH, "wav");
    expect(ones(chat.audioTokensMask) > 0).toBe(chat instanceof LiquidAudioChat);
  },
  addAudioWithTranscript: async (chat) => {
    chat.newTurn(Role.USER);
    await chat.addAudioWithTranscript(SPEECH, SENTENCE, aligner, "wav", true);
    expect(ones(chat.audioTokensMask)).toBe(chat instanceof LiquidAudioChat ? 4 : 0);
  },
  attachAudioToSegments: async (chat) => {
    chat.newTurn(Role.USER);
    if (chat instanceof LiquidAudioChat)
      await expect(chat.attachAudioToSegments(aligner, SPEECH)).rejects.toThrow(/No audio segments exist/);
    await chat.addAudioWithTranscript(SPEECH, SENTENCE, aligner, "wav");
    await chat.attachAudioToSegments(aligner, SPEECH, "wav");
    if (chat instanceof LiquidAudioChat) expect(chat.audioSegments.flat().every(({ audio }) => audio !== null)).toBe(true);
  },
  append: (chat) => {
    chat.newTurn(Role.ASSISTANT);
    const [before, ids] = [chat.inputTokensNum, chat.tokenizer.encode("turning on")];
    chat.append(ids);
    expect([...chat.inputTokens.slice(before)]).toEqual([...ids]);
    expect(chat.tokenRoles.slice(before)).toEqual(Array.from(ids, () => Role.ASSISTANT));
  },
  decodeText: (chat) => expect(chat.decodeText()).toContain(SENTENCE),
  decodeAudio: async (chat) => expect(await chat.decodeAudio()).toHaveLength(0),
  inputTokens: (chat) => expect(chat.inputTokens).toHaveLength(chat.inputTokensNum),
  inputTokensNum: (chat) => expect(chat.inputTokensNum).toBe(chat.tokenTexts.length),
  textTokens: (chat) => expect([...chat.textTokens]).toEqual([...chat.inputTokens]),
  audioTokens: (chat) => expect(chat.audioTokens).toMatchObject({ frames: 0 }),
  tokensModalityFlag: (chat) => expect(new Set(chat.tokensModalityFlag)).toEqual(new Set([ModalityFlag.TEXT])),
  textTokensMask: (chat) => expect(ones(chat.textTokensMask)).toBe(chat.inputTokensNum),
  audioTokensMask: (chat) => expect(ones(chat.audioTokensMask)).toBe(0),
  tokenTurns: (chat) => expect(chat.tokenTurns[chat.inputTokensNum - 1]).toBe(1),
  tokenRoles: (chat) => expect(chat.tokenRoles.filter((role) => role === Role.USER)).toHaveLength(4),
  turnNumber: (chat) => expect(chat.turnNumber).toBe(1),
  speaker: (chat) => {
    expect(chat.speaker).toBeNull();
    chat.newTurn(Role.SYSTEM);
    expect(chat.speaker).toBe(Role.SYSTEM);
  },
  isSystemTurn: (chat) => {
    expect(chat.isSystemTurn).toBe(false);
    chat.newTurn(Role.SYSTEM);
    expect(chat.isSystemTurn).toBe(true);
  },
  textTokensNoSystemMask: (chat) => expect(ones(chat.textTokensNoSystemMask)).toBe(4),
  audioTokensNoSystemMask: async (chat) => {
    chat.newTurn(Role.USER);
    await chat.addAudio(SPEECH, "wav");
    expect(ones(chat.audioTokensNoSystemMask)).toBe(ones(chat.audioTokensMask));
  },
  textTokensNoSystemMaskFiltered: (chat) => expect(ones(chat.textTokensNoSystemMaskFiltered)).toBe(3),
  audioTokensNoSystemMaskFiltered: (chat) => expect(chat.audioTokensNoSystemMaskFiltered).toEqual(chat.audioTokensNoSystemMask),
  tokenFilter: (chat) => expect(chat.tokenFilter.phrasesToExclude).toEqual(new Set([" the"])),
  tokenSequencesToExclude: (chat) => expect(chat.tokenSequencesToExclude.map((ids) => chat.tokenizer.decode(ids))).toEqual([" the"]),
  emptyTurnSequences: (chat) => expect(chat.emptyTurnSequences.length).toBeGreaterThan(0),
  systemRolesSetup: (chat) => expect(chat.systemRolesSetup).toBe(SystemRolesSetup.SYSTEM),
  externalShapValuesMask: (chat) => {
    expect(chat.externalShapValuesMask).toBeNull();
    chat.externalShapValuesMask = Uint8Array.from(chat.inputTokens, (_, i) => (i === chat.tokenRoles.indexOf(Role.USER) ? 1 : 0));
    expect(chat.playersNum).toBe(1);
  },
  externalGroupIds: (chat) => {
    expect(chat.externalGroupIds).toBeNull();
    chat.externalGroupIds = grouped(chat);
    expect(chat.playersNum).toBe(2);
  },
  externalGroupIdsFirstPositions: (chat) => {
    chat.externalGroupIds = grouped(chat);
    const first = chat.tokenRoles.indexOf(Role.USER);
    expect([...chat.externalGroupIdsFirstPositions]).toEqual([first + 1, first]);
  },
  externalGroupIdsPositiveMask: (chat) => {
    chat.externalGroupIds = grouped(chat);
    expect(ones(chat.externalGroupIdsPositiveMask)).toBe(4);
  },
  translateGroupsIdsMask: (chat) => {
    const mask = new Uint8Array(chat.inputTokensNum).fill(1);
    expect(chat.translateGroupsIdsMask(mask)).toEqual(mask);
    chat.externalGroupIds = grouped(chat);
    mask[chat.tokenRoles.indexOf(Role.USER) + 1] = 0;
    expect(ones(chat.translateGroupsIdsMask(mask))).toBe(chat.inputTokensNum - 3);
  },
  shapValuesMask: (chat) => expect(ones(chat.shapValuesMask)).toBe(3),
  withPlayers: (chat) => expect(chat.withPlayers(bits("011")).decodeText()).not.toContain("turn on"),
  getNewChatCallable: (chat) => expect(chat.getNewChatCallable().inputTokensNum).toBe(0),
  device: (chat) => expect(chat.device).toBe("cpu"),
  cache: (chat) => {
    expect(chat.cache).toBeNull();
    chat.cache = null;
  },
  refresh: (chat) => {
    const before = [chat.fingerprint, chat.shapValuesMask];
    chat.refresh();
    chat.refresh({ full: false, shap: true });
    expect([chat.fingerprint, chat.shapValuesMask]).toEqual(before);
  },
  getConversation: (chat) =>
    expect(
      chat
        .getConversation()[0]
        ?.flatMap(({ content }) => content)
        .join(""),
    ).toContain(SENTENCE),
  fingerprint: (chat) => expect(chat.fingerprint).toMatch(/^[0-9a-f]{64}$/),
};

const MODEL_USES: Uses<BaseMllmModel> = {
  processor: (model) => expect(model.processor).toHaveProperty("encode"),
  model: (model) => expect(model.model).toHaveProperty("decode"),
  config: (model) => expect(model.config).toEqual({ repoId: "embedded:nano", revision: "main" }),
  device: (model) => expect(model.device).toBe("cpu"),
  historyTrackingMode: (model) => expect(model.historyTrackingMode).toBe(ModelHistoryTrackingMode.TEXT),
  getNewChat: (model) => expect(model.getNewChat().inputTokensNum).toBe(0),
  generate: async (model) => expect((await model.generate(told(model.getNewChat()), { maxNewTokens: 2 })).finishReason).toBe("length"),
  generateBatch: async (model) => {
    const chats = [told(model.getNewChat()), ask(model.getNewChat())];
    const [one, two] = await model.generateBatch(chats, { maxNewTokens: 4, modelConfig: { textTopK: 1 } });
    expect(two).toEqual(one);
  },
  score: async (model) => {
    const [steps] = await model.score([told(model.getNewChat())], model.encodeResponse("turning on"));
    expect(steps?.every((step) => step < 0)).toBe(true);
  },
  getStaticEmbeddings: async (model) => expect((await model.getStaticEmbeddings([model.encodeResponse("turning on")]))[0]?.rows).toBe(2),
  getContextualEmbeddings: async (model) =>
    expect((await model.getContextualEmbeddings([model.encodeResponse("turning on")]))[0]?.rows).toBe(2),
  dispose: async (model) => {
    await model.dispose();
    await expect(model.generate(told(model.getNewChat()))).rejects.toThrow();
  },
};

/** Explained, then grown by a turn. */
async function explainedCache(): Promise<library.ExplainerCache> {
  const chat = told(text.getNewChat());
  const { cache } = await library.explainChat(text, chat, { payoff: "exact-match" });
  told(chat);
  return cache;
}

const CACHE_USES: Uses<library.ExplainerCache> = {
  calculatedBy: (cache) => expect(cache.calculatedBy).toBe("exact"),
  chat: (cache) => expect((cache.chat as BaseMllmChat).cache?.n).toBe(cache.n),
  n: (cache) => expect(cache.n).toBeLessThan(cache.chat.inputTokensNum),
  responses: (cache) => expect(cache.responses).toHaveLength(16),
  masks: (cache) => expect(cache.masks).toHaveLength(16),
  shapValuesMask: (cache) => expect(ones(cache.shapValuesMask)).toBe(4),
  values: (cache) => expect(cache.values).toHaveLength(cache.n),
  normalizedValues: (cache) => {
    const { normalizedValues } = cache;
    cache.normalizedValues = normalizedValues;
    expect(normalizedValues.filter((value) => value >= 0)).toHaveLength(4);
  },
  hadDifferentMasks: (cache) => expect(cache.hadDifferentMasks).toBe(false),
  extendMasks: (cache) => expect(cache.extendMasks()[0]).toHaveLength(cache.chat.inputTokensNum),
  extendValues: (cache) => expect(cache.extendValues()).toHaveLength(cache.chat.inputTokensNum),
};

const RESPONSE_USES: Uses<library.ModelResponse> = {
  chat: ({ chat }) => expect((chat as BaseMllmChat).turnRoles).toEqual([Role.USER, Role.ASSISTANT]),
  generatedTextTokens: (response) => expect(response.generatedTextTokens).toBeInstanceOf(Int32Array),
  generatedAudioTokens: (response) => expect(response.generatedAudioTokens.frames).toBe(0),
  generatedModalityFlag: ({ generatedModalityFlag: flags }) => expect(new Set(flags)).toEqual(new Set([ModalityFlag.TEXT])),
  text: (response) => expect(response.text).toMatch(/^turning on/),
  finishReason: (response) => expect(response.finishReason).toBe("stop"),
};

const ALIGNER_USES: Uses<SpectrogramGuidedAligner> = {
  align: async (one) => expect((await one.align(SPEECH, SENTENCE)).map(({ token }) => token)).toEqual(SENTENCE.split(" ")),
  attachAudioToSegments: async (one) => {
    const segments = await one.attachAudioToSegments(await one.align(SPEECH, SENTENCE), { audio: SPEECH });
    expect(segments.every(({ audio }) => audio !== null)).toBe(true);
  },
  modelName: (one) => expect(one.modelName).toBe("embedded:nano-ctc"),
  sampleRate: (one) => expect(one.sampleRate).toBe(16_000),
  boundaryRule: (one) => expect(one.boundaryRule).toBe("pauses"),
  load: async (one) => expect((await one.load()).repo).toBe("embedded:nano-ctc"),
  dispose: async (one) => {
    await one.dispose();
    expect(await one.align(SPEECH, SENTENCE)).toHaveLength(4);
  },
};

describe("members", () => {
  const tokenFilter = new library.TokenFilter([" the"]);

  it("a text chat's are all used", async () => {
    await usesAll(CHAT_NAMES, CHAT_USES, () => told(text.getNewChat({ tokenFilter })));
    const uses: Uses<TransformersTextChat> = {
      applyTextMask: (chat) => {
        chat.applyTextMask(Uint8Array.from(chat.tokenRoles, (role) => (role === Role.USER ? 0 : 1)));
        expect(chat.tokenRoles).not.toContain(Role.USER);
      },
      tokenizer: (chat) => expect(chat.tokenizer).toBe(text.processor),
    };
    await usesAll(TEXT_CHAT_NAMES, uses, () => told(text.getNewChat()));
    expect(text.getNewChat()).toBeInstanceOf(library.BaseMllmChat);
  }, 60_000);

  it("a Liquid chat's are all used", async () => {
    await usesAll(CHAT_NAMES, CHAT_USES, () => told(liquid.getNewChat({ tokenFilter })));
    const constants = LIQUID_CHAT_NAMES.filter((name) => name in LiquidAudioChat);
    expect(constants).toHaveLength(8);
    const uses: Uses<LiquidAudioChat> = {
      ...Object.fromEntries(
        constants.map((name) => [
          name,
          (chat: LiquidAudioChat) => expect(Reflect.get(chat, name)).toBe(Reflect.get(LiquidAudioChat, name)),
        ]),
      ),
      validateFromChat: (chat) => expect(chat.validateFromChat).toBe(true),
      tokenizer: (chat) => expect(chat.tokenizer).toBe(liquid.processor),
    };
    await usesAll(LIQUID_CHAT_NAMES, uses, () => liquid.getNewChat({ validateFromChat: true }));
    expect(liquid.getNewChat()).toBeInstanceOf(library.BaseMllmChat);
  }, 60_000);

  it("a model's are all used", async () => {
    const load = { config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 } as const;
    for (const kind of [TransformersCausalText, LiquidAudio]) {
      const model: BaseMllmModel = await kind.load(load);
      expect(model).toBeInstanceOf(library.BaseMllmModel);
      await usesAll(MODEL_NAMES, MODEL_USES, () => model);
    }
  }, 60_000);

  it("those of a response, a cache and the aligner are all used", async () => {
    for (const model of [text, liquid]) {
      await usesAll(RESPONSE_NAMES, RESPONSE_USES, () => model.generate(told(model.getNewChat()), { keepHistory: true }));
    }
    await usesAll(CACHE_NAMES, CACHE_USES, explainedCache);
    await usesAll(ALIGNER_NAMES, ALIGNER_USES, () => aligner);
  }, 60_000);

  it("a name that is only looked at counts as not used", async () => {
    const lazy = { name: (chat: BaseMllmChat) => chat.newTurn };
    await expect(usesAll(["newTurn"], { newTurn: lazy.name }, () => text.getNewChat())).rejects.toThrow(/newTurn is used/);
    await expect(usesAll(["newTurn", "endTurn"], { newTurn: lazy.name }, () => text.getNewChat())).rejects.toThrow();
  });

  it("constants of Liquid chats", () => {
    expect(LiquidAudioChat.AUDIO_IN_SHAPE).toBe(128);
    expect(LiquidAudioChat.AUDIO_OUT_SHAPE).toBe(8);
    expect(LiquidAudioChat.START_MARK).toBe("<|startoftext|>");
    expect(LiquidAudioChat.audioEmptyValue).toBe(-3.4028234663852886e38);
    expect(LiquidAudioChat.modelInputs).toEqual(["text", "audio_in", "audio_in_lens", "audio_out", "modality_flag"]);
    expect([LiquidAudioChat.EMPTY_SYSTEM_TURN, LiquidAudioChat.EMPTY_USER_TURN, LiquidAudioChat.EMPTY_ASSISTANT_TURN]).toEqual(
      ["system", "user", "assistant"].map((role) => `<|im_start|>${role}\n<|im_end|>\n`),
    );
  });

  it("an emptied Liquid turn is found by those constants, and goes with its template", () => {
    const chat = liquid.getNewChat();
    const constants = [LiquidAudioChat.EMPTY_SYSTEM_TURN, LiquidAudioChat.EMPTY_USER_TURN, LiquidAudioChat.EMPTY_ASSISTANT_TURN];
    expect(chat.emptyTurnSequences.map((ids) => chat.decodeText(ids))).toEqual(constants);
    chat.newTurn(Role.USER);
    chat.addText("hello");
    chat.endTurn();
    ask(chat);
    const mask = Uint8Array.from(chat.tokenRoles, (role, i) => (role === Role.USER && chat.tokenTurns[i] === 1 ? 0 : 1));
    const masked = LiquidAudioChat.fromChat(mask, chat);
    expect(masked.turnNumber).toBe(2);
    expect(masked.decodeText()).toBe(ask(liquid.getNewChat()).decodeText());
  });
});

describe("options of a chat", () => {
  it("have the original's defaults", () => {
    for (const chat of [text.getNewChat(), liquid.getNewChat()]) {
      expect(chat.tokenFilter).toBeInstanceOf(library.KeepAllTokens);
      expect(chat.systemRolesSetup).toBe(SystemRolesSetup.SYSTEM);
      expect(chat.cache).toBeNull();
      expect(chat.externalShapValuesMask).toBeNull();
      expect(chat.externalGroupIds).toBeNull();
      expect(chat.inputTokensNum).toBe(0);
      expect(chat.turnNumber).toBe(0);
      expect(chat.speaker).toBeNull();
    }
    expect(liquid.getNewChat().validateFromChat).toBe(false);
  });

  it.each([
    [SystemRolesSetup.NONE, [Role.USER, Role.ASSISTANT, Role.SYSTEM]],
    [SystemRolesSetup.SYSTEM, [Role.USER, Role.ASSISTANT]],
    [SystemRolesSetup.SYSTEM_ASSISTANT, [Role.USER]],
  ])("setup %i explains roles %j", (systemRolesSetup, roles) => {
    const chat = ask(text.getNewChat({ systemRolesSetup }));
    chat.addText("turning on the kitchen light");
    const explained = new Set(chat.tokenRoles.filter((_, i) => chat.shapValuesMask[i] === 1));
    expect([...explained].sort()).toEqual([...roles].sort());
  });

  it("a filter's phrases, their sequences and the masks relative to text", () => {
    const chat = ask(text.getNewChat({ tokenFilter: new library.ExcludePunctuationTokensFilter() }), "turn on, please!");
    expect(chat.tokenSequencesToExclude).toHaveLength(6);
    expect(chat.textTokensNoSystemMask).toHaveLength(chat.textTokens.length);
    const left = (mask: Uint8Array) => [...mask].filter((bit) => bit === 1).length;
    expect(left(chat.textTokensNoSystemMask) - left(chat.textTokensNoSystemMaskFiltered)).toBe(2);
    expect(left(chat.shapValuesMask)).toBe(left(chat.textTokensNoSystemMaskFiltered));
  });
});

describe("fromChat", () => {
  it("keeps tokens, drops emptied turns, edits nothing, and passes no external mask on", () => {
    const chat = ask(text.getNewChat());
    chat.externalShapValuesMask = new Uint8Array(chat.inputTokensNum).fill(1);
    expect(() => chat.addText("more")).toThrow(/external_shap_values_mask/);
    const mask = new Uint8Array(chat.inputTokensNum).fill(1);
    const before = bitString(mask);
    const copy = TransformersTextChat.fromChat(mask, chat);
    expect(bitString(mask)).toBe(before);
    expect([...copy.inputTokens]).toEqual([...chat.inputTokens]);
    expect(copy.externalShapValuesMask).toBeNull();
    expect(copy.fingerprint).toBe(chat.fingerprint);
  });

  it("says what is wrong with a mask", () => {
    const chat = ask(text.getNewChat());
    expect(() => TransformersTextChat.fromChat(bits("101"), chat)).toThrow(/size does not match/);
    expect(() => TransformersTextChat.fromChat(new Uint8Array(chat.inputTokensNum), chat)).toThrow(/cannot be all False/);
  });

  it("no text left is an error of its own kind, where only sound is kept", async () => {
    const chat = liquid.getNewChat();
    chat.newTurn(Role.USER);
    await chat.addAudio(SPEECH, "wav");
    chat.addText("what is said?");
    expect(() => LiquidAudioChat.fromChat(chat.audioTokensMask, chat)).toThrow(library.AllTextTokensFilteredOutError);
  });

  it("groups: the first bit decides, and tokens cannot be added", () => {
    const chat = ask(text.getNewChat());
    const players = chat.shapValuesMask.indexOf(1);
    const ids = new Int32Array(chat.inputTokensNum);
    ids.set([7, 7, 3], players);
    chat.externalGroupIds = ids;
    expect(chat.playersNum).toBe(2);
    expect([...chat.externalGroupIdsFirstPositions]).toEqual([players + 2, players]);
    expect(bitString(chat.externalGroupIdsPositiveMask).slice(players, players + 4)).toBe("1110");
    const mask = new Uint8Array(chat.inputTokensNum).fill(1);
    mask[players] = 0;
    expect(bitString(chat.translateGroupsIdsMask(mask)).slice(players, players + 3)).toBe("001");
    expect(() => chat.addText("more")).toThrow(/external_group_ids/);
  });
});

describe("audio", () => {
  it("one token covers 80 ms, one clip a turn, no empty bytes", async () => {
    const chat = liquid.getNewChat();
    await expect(chat.addAudio(SPEECH, "wav")).rejects.toThrow(/No active turn/);
    chat.newTurn(Role.USER);
    await expect(chat.addAudio(new Uint8Array(0))).rejects.toThrow(/non-empty/);
    await chat.addAudio(SPEECH, "wav");
    const { samples, sampleRate } = await library.decodeAudio(SPEECH);
    const seconds = samples.length / sampleRate;
    const tokens = chat.audioTokensMask.reduce((sum, bit) => sum + bit, 0);
    expect(Math.abs(tokens - seconds / 0.08)).toBeLessThan(1.5);
    expect(tokens).toBe(LiquidAudioChat.melToEmbeddingLength(library.logMel(samples, chat.melConfig).frames));
    await expect(chat.addAudio(SPEECH, "wav")).rejects.toThrow(/already been added/);
  });

  it("with a transcript, words are the players, and each can carry its own sound", async () => {
    const chat = liquid.getNewChat();
    chat.newTurn(Role.USER);
    await chat.addAudioWithTranscript(SPEECH, SENTENCE, aligner, "wav");
    const heard = chat.tokenTexts.filter((_, i) => chat.audioTokensMask[i] === 1);
    expect(heard).toEqual(SENTENCE.split(" "));
    expect(chat.audioSegments.flat().map(({ audio }) => audio)).toEqual([null, null, null, null]);
    await chat.attachAudioToSegments(aligner, SPEECH, "wav");
    expect(chat.audioSegments.flat().every(({ audio }) => (audio?.length ?? 0) > 44)).toBe(true);
  });

  it("text-only chats warn and do nothing", async () => {
    const events: RunEvent[] = [];
    const chat = text.getNewChat({ onEvent: (event) => events.push(event) });
    chat.newTurn(Role.USER);
    await chat.addAudio(SPEECH, "wav");
    expect(events).toMatchObject([{ kind: "warning" }]);
    expect(chat.audioTokensMask.includes(1)).toBe(false);
  });

  it("what cannot be decoded to sound gives empty bytes", async () => {
    expect(await text.getNewChat().decodeAudio()).toHaveLength(0);
    expect(await liquid.getNewChat().decodeAudio()).toHaveLength(0);
  });
});

describe("models", () => {
  it("a text-only model's history is text, with a warning", async () => {
    const events: RunEvent[] = [];
    const model = await TransformersCausalText.load({
      config: { repoId: "embedded:nano" },
      historyTrackingMode: ModelHistoryTrackingMode.AUDIO,
      onEvent: (event) => events.push(event),
    });
    await model.dispose();
    expect(model.historyTrackingMode).toBe(ModelHistoryTrackingMode.TEXT);
    expect(events.filter(({ kind }) => kind === "warning")).toHaveLength(1);
  });

  it("generate leaves the chat as it is; keepHistory gives chat and answer as one", async () => {
    for (const model of [text, liquid] as readonly BaseMllmModel[]) {
      const chat = ask(model.getNewChat());
      const { fingerprint } = chat;
      const plain = await model.generate(chat, { maxNewTokens: 8 });
      expect(plain).toMatchObject({ chat: null, generatedAudioTokens: { frames: 0 } });
      expect(plain.generatedModalityFlag).toHaveLength(plain.generatedTextTokens.length);
      expect(chat.fingerprint).toBe(fingerprint);
      const kept = await model.generate(chat, { maxNewTokens: 8, keepHistory: true, modelConfig: library.GREEDY });
      expect(kept.text).toBe(plain.text);
      expect((kept.chat as BaseMllmChat).decodeText()).toContain(plain.text);
    }
  });

  it("embeddings are [tokens, hidden] a response", async () => {
    for (const model of [text, liquid] as readonly BaseMllmModel[]) {
      const response = await model.generate(ask(model.getNewChat()), { maxNewTokens: 4 });
      const fixed = await model.getStaticEmbeddings([response]);
      const contextual = await model.getContextualEmbeddings([response]);
      for (const [matrix] of [fixed, contextual]) {
        expect(matrix?.rows).toBe(response.generatedModalityFlag.length);
        expect(matrix?.data).toHaveLength((matrix?.rows ?? 0) * (matrix?.columns ?? 0));
      }
    }
  });
});

describe("values of a chat", () => {
  it("stand in its conversation as the cache has them", () => {
    const chat = ask(text.getNewChat());
    const values = Float64Array.from(chat.shapValuesMask, (bit) => (bit === 1 ? 0.5 : Number.NaN));
    const { shapValuesMask } = chat;
    const cache = library.ExplainerCache.create({
      calculatedBy: "exact",
      chat,
      responses: [],
      masks: [],
      shapValuesMask,
      values,
      normalizedValues: values,
    });
    const before: ChatEntry | undefined = chat.getConversation()[0]?.[0];
    expect(before?.shapValues).toBeNull();
    chat.cache = cache;
    const entry: ChatEntry | undefined = chat.getConversation()[0]?.[0];
    expect(entry?.contentType).toBe(ModalityFlag.TEXT);
    expect(entry?.roles).toHaveLength(entry?.content.length as number);
    expect(new Set(entry?.shapValues)).toEqual(new Set([null, 0.5]));
    chat.addText("turning");
    expect(cache.n).toBe(values.length);
    expect(cache.extendValues()).toHaveLength(chat.inputTokensNum);
    expect(() => {
      cache.values = new Float64Array(cache.n);
    }).toThrow(library.ConnectorError);
  });
});

describe("SpectrogramGuidedAligner", () => {
  it("takes bytes or a waveform, a string or units, and gives whole segments", async () => {
    const { samples: waveform, sampleRate: originalSampleRate } = await library.decodeAudio(SPEECH);
    const [segments, fromWave] = [
      await aligner.align(SPEECH, SENTENCE),
      await aligner.align({ waveform, originalSampleRate }, ["turn on", "the light"]),
    ];
    expect(fromWave.map(({ token }) => token)).toEqual(["turn on", "the light"]);
    const keys: readonly (keyof AudioSegment)[] = [
      ...(["token", "startTime", "endTime", "confidence", "audio", "audioFormat", "sampleRate"] as const),
      ...(["startSample", "endSample", "duration", "boundaryRefined"] as const),
    ];
    for (const segment of segments) {
      expect(Object.keys(segment).sort()).toEqual([...keys].sort());
      expect(segment.duration).toBeGreaterThanOrEqual(0.0499);
    }
    const attached = await aligner.attachAudioToSegments(segments, { waveform, originalSampleRate, format: "wav" });
    expect(attached.every(({ audio, audioFormat }) => audio !== null && audioFormat === "wav")).toBe(true);
  });

  it("normalises text as the original does", () => {
    expect(SpectrogramGuidedAligner.normalizeText("Café 24-x!")).toBe("CAFE24X");
  });
});

describe("exports", () => {
  it("of mllm-shap/compat are those of mllm-shap", async () => {
    const compat = await import("../../src/compat.js");
    expect(Object.keys(compat)).toContain("BaseMllmChat");
    expect(library).toMatchObject(compat);
  });

  const FUNCTIONS = [
    ...[
      "explain",
      "explainChat",
      "inspect",
      "evaluate",
      "compareResults",
      "align",
      "decodeAudio",
      "encodeAudio",
      "resample",
      "logMel",
      "play",
    ],
    ...["loadSpec", "requestOf", "requestOfResult", "loadModel", "openModel", "planMethod", "createPayoff", "createRng", "buildPlayers"],
    ...["redact", "readResults", "resultJsonSchema", "specJsonSchema", "conversationGame", "memoryMemo", "openDiskMemo", "roleFromOrdinal"],
  ] as const;

  it("are functions where they are called, and registries where they are chosen from", () => {
    const named = library as unknown as Readonly<Record<string, unknown>>;
    expect(FUNCTIONS.filter((name) => typeof named[name] !== "function")).toEqual([]);
    for (const registry of [
      library.METHODS,
      library.PAYOFFS,
      library.NORMALIZERS,
      library.FORMATS,
      library.CONNECTORS,
      library.ALIGNMENT_FORMATS,
    ]) {
      expect(Object.keys(registry).length).toBeGreaterThan(0);
    }
    for (const error of [library.SpecError, library.AudioError, library.ConnectorError, library.ExplainError]) {
      expect(error.prototype).toBeInstanceOf(library.MllmShapError);
    }
  });
});
