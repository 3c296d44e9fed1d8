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

const CHAT_MEMBERS = [
  ...["newTurn", "endTurn", "addText", "addAudio", "addAudioWithTranscript", "attachAudioToSegments", "append"],
  ...["decodeText", "decodeAudio", "inputTokens", "inputTokensNum", "textTokens", "audioTokens"],
  ...["tokensModalityFlag", "textTokensMask", "audioTokensMask", "tokenTurns", "tokenRoles", "turnNumber", "speaker", "isSystemTurn"],
  ...["textTokensNoSystemMask", "audioTokensNoSystemMask", "textTokensNoSystemMaskFiltered", "audioTokensNoSystemMaskFiltered"],
  ...["tokenFilter", "tokenSequencesToExclude", "emptyTurnSequences", "systemRolesSetup"],
  ...["externalShapValuesMask", "externalGroupIds", "externalGroupIdsFirstPositions", "externalGroupIdsPositiveMask"],
  ...["translateGroupsIdsMask", "shapValuesMask", "withPlayers", "getNewChatCallable", "device", "cache", "refresh"],
  ...["getConversation", "fingerprint"],
];
const MODEL_MEMBERS = [
  ...["processor", "model", "config", "device", "historyTrackingMode", "getNewChat", "generate", "generateBatch", "score"],
  ...["getStaticEmbeddings", "getContextualEmbeddings", "dispose"],
];

describe("members", () => {
  it.each([
    [TransformersTextChat, library.BaseMllmChat, () => text.getNewChat(), [...CHAT_MEMBERS, "applyTextMask", "tokenizer"]],
    [LiquidAudioChat, library.BaseMllmChat, () => liquid.getNewChat(), [...CHAT_MEMBERS, "validateFromChat", "tokenizer"]],
    [TransformersCausalText, library.BaseMllmModel, () => text, MODEL_MEMBERS],
    [LiquidAudio, library.BaseMllmModel, () => liquid, MODEL_MEMBERS],
  ] as const)("%o has them all", (kind, base, made, members) => {
    const object = made();
    expect(object).toBeInstanceOf(kind);
    expect(object).toBeInstanceOf(base);
    expect(members.filter((member) => !(member in object))).toEqual([]);
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
    expect([...(chat.externalGroupIdsFirstPositions ?? [])]).toEqual([players + 2, players]);
    expect(bitString(chat.externalGroupIdsPositiveMask ?? []).slice(players, players + 4)).toBe("1110");
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
  const FUNCTIONS = [
    ...["explain", "inspect", "evaluate", "compareResults", "align", "decodeAudio", "encodeAudio", "resample", "logMel", "play"],
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
