import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type BaseMllmChat,
  type BaseMllmModel,
  ConnectorError,
  LiquidAudio,
  ModalityFlag,
  ModelHistoryTrackingMode,
  Role,
  type RunEvent,
  TransformersCausalText,
} from "../../src/index.js";
import { fixtureBytes } from "../support/signals.js";

const NANO = { config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 } as const;
const COMMAND = "turn on the kitchen light";
const heard: RunEvent[] = [];
let text: TransformersCausalText;
let liquid: LiquidAudio;

beforeAll(async () => {
  text = await TransformersCausalText.load({ ...NANO, onEvent: (event) => heard.push(event) });
  liquid = await LiquidAudio.load({ ...NANO, onEvent: (event) => heard.push(event) });
});
afterAll(() => Promise.all([text.dispose(), liquid.dispose()]));

const models = (): readonly BaseMllmModel[] => [text, liquid];

function said<C extends BaseMllmChat>(chat: C, ...turns: readonly (readonly [Role, string])[]): C {
  for (const [role, words] of turns) {
    chat.newTurn(role);
    if (words !== "") chat.addText(words);
    chat.endTurn();
  }
  return chat;
}

function opened<C extends BaseMllmChat>(chat: C): C {
  chat.newTurn(Role.ASSISTANT);
  return chat;
}

const asked = (model: BaseMllmModel): BaseMllmChat => said(model.getNewChat(), [Role.USER, COMMAND]);

describe("the assistant's turn", () => {
  it("is opened by generate and score where no turn is open", async () => {
    for (const model of models()) {
      const [closed, open] = [asked(model), opened(asked(model))];
      const tokens = closed.inputTokensNum;
      const response = await model.generate(closed);
      expect(response.text).toBe("turning on the kitchen light");
      expect(await model.generate(open)).toEqual(response);
      expect(await model.score([closed], response)).toEqual(await model.score([open], response));
      expect([closed.inputTokensNum, closed.speaker, closed.turnNumber]).toEqual([tokens, null, 1]);
      expect(closed.fingerprint).toBe(open.fingerprint);
      const sampled = { modelConfig: { textTemperature: 2, textTopK: 30 }, seed: 5, maxNewTokens: 8 };
      expect((await model.generate(closed, sampled)).generatedTextTokens).toEqual(
        (await model.generate(open, sampled)).generatedTextTokens,
      );
    }
  });

  it("is opened as the template of the whole conversation opens it", async () => {
    for (const model of models()) {
      const built = await model.buildChat([{ role: "user", content: [{ kind: "text", text: COMMAND }] }]);
      expect(asked(model).fingerprint).toBe(built.fingerprint);
    }
  });

  it("is not opened while another's is", async () => {
    for (const model of models()) {
      for (const role of [Role.USER, Role.SYSTEM]) {
        const chat = model.getNewChat();
        chat.newTurn(role);
        chat.addText("hello");
        await expect(model.generate(chat)).rejects.toThrow(/still open/);
        await expect(model.score([asked(model), chat], model.encodeResponse("yes"))).rejects.toThrow(ConnectorError);
      }
      await expect(model.generate(model.getNewChat())).rejects.toThrow(/without any token/);
    }
  });
});

describe("keepHistory", () => {
  it("gives what the model was fed and its answer, empty turns included", async () => {
    for (const model of models()) {
      const chat = said(model.getNewChat(), [Role.SYSTEM, "you help"], [Role.USER, ""], [Role.USER, COMMAND]);
      const { chat: grown, ...response } = await model.generate(chat, { keepHistory: true });
      const history = grown as BaseMllmChat;
      const fed = chat.readyToAnswer();
      const ended = response.generatedTextTokens.slice(0, -1);
      expect(history.decodeText()).toBe(`${fed.decodeText()}${fed.decodeText(ended)}<|im_end|>\n`);
      expect(history.turnRoles).toEqual([Role.SYSTEM, Role.USER, Role.USER, Role.ASSISTANT]);
      expect(history.speaker).toBeNull();
      expect([...history.inputTokens.slice(0, fed.inputTokensNum)]).toEqual([...fed.inputTokens]);
      // The history can be asked on.
      expect((await model.generate(said(history, [Role.USER, "and the lamp"]))).generatedTextTokens.length).toBeGreaterThan(0);
    }
  });

  it("a chat with players set from outside can be answered, and its history has none", async () => {
    for (const model of models()) {
      const chat = asked(model);
      chat.externalShapValuesMask = new Uint8Array(chat.inputTokensNum).fill(1);
      const { chat: history } = await model.generate(chat, { keepHistory: true, maxNewTokens: 2 });
      expect((history as BaseMllmChat).externalShapValuesMask).toBeNull();
      expect(chat.externalShapValuesMask).not.toBeNull();
    }
  });

  it("of a spoken answer holds the sound of each frame", async () => {
    const speaker = await LiquidAudio.load({ ...NANO, historyTrackingMode: ModelHistoryTrackingMode.TEXT_AUDIO });
    const chat = said(speaker.getNewChat(), [Role.SYSTEM, "Respond with interleaved text and audio."]);
    chat.newTurn(Role.USER);
    await chat.addAudio(fixtureBytes("speech.wav"), "wav");
    chat.endTurn();
    const { chat: history, generatedAudioTokens } = await speaker.generate(chat, { keepHistory: true, maxNewTokens: 30 });
    await speaker.dispose();
    expect(generatedAudioTokens.frames).toBeGreaterThan(3);
    const entries = (history as BaseMllmChat).getConversation().at(-1) ?? [];
    const sounds = entries.filter(({ contentType }) => contentType === ModalityFlag.AUDIO).flatMap(({ content }) => content);
    expect(sounds).toHaveLength(generatedAudioTokens.frames);
    // 80 ms at 24 kHz, 16 bits a sample.
    expect(new Set(sounds.slice(0, 3).map((sound) => sound.length))).toEqual(new Set([44 + 2 * 1_920]));
  }, 60_000);
});

describe("settings of an answer", () => {
  it("are completed: what is not said is greedy", async () => {
    for (const model of models()) {
      const greedy = await model.generate(asked(model));
      for (const modelConfig of [{}, { textTemperature: 2 }, { textTopK: null }, { textTemperature: null, textTopK: null }]) {
        expect((await model.generate(asked(model), { modelConfig })).text).toBe(greedy.text);
      }
    }
  });

  it.each([
    [{ maxNewTokens: Number.NaN }, /maxNewTokens is NaN: valid are integers from 1/],
    [{ maxNewTokens: 0 }, /maxNewTokens is 0/],
    [{ maxNewTokens: -3 }, /maxNewTokens is -3/],
    [{ maxNewTokens: 1.5 }, /maxNewTokens is 1.5/],
    [{ maxNewTokens: "12" }, /maxNewTokens is "12"/],
    [{ maxNewTokens: null }, /maxNewTokens is null/],
    [{ modelConfig: { textTemperature: "hot" } }, /textTemperature is "hot"/],
    [{ modelConfig: null }, /modelConfig must be an object/],
    [{ keepHistory: "yes" }, /keepHistory is "yes"/],
    [{ seed: {} }, /seed is an object/],
    [{ seed: Number.NaN }, /seed is NaN/],
    [null, /options of an answer must be an object/],
  ])("%j is refused", async (options, reason) => {
    for (const model of models()) {
      await expect(model.generate(asked(model), options as never)).rejects.toThrow(ConnectorError);
      await expect(model.generateBatch([asked(model)], options as never)).rejects.toThrow(reason);
    }
  });
});

describe("what load was told", () => {
  it("completes the configuration, and chats have the model's device", () => {
    for (const model of models()) {
      expect(model.config).toEqual({ repoId: "embedded:nano", revision: "main" });
      expect(model.getNewChat({ device: "cuda" }).device).toBe("cpu");
    }
  });

  it.each([
    [undefined, /options of a load must be an object/],
    [{}, /config \(a HuggingFaceModelConfig\)/],
    [{ config: { repoId: 7 } }, /config.repoId must be a non-empty string, not 7/],
    [{ config: { repoId: "embedded:nano", revision: "" } }, /config.revision/],
    [{ ...NANO, historyTrackingMode: "text" }, /"text" is no history tracking mode/],
  ])("load(%j) is refused", async (options, reason) => {
    for (const kind of [TransformersCausalText, LiquidAudio]) {
      await expect(kind.load(options as never)).rejects.toThrow(ConnectorError);
      await expect(kind.load(options as never)).rejects.toThrow(reason);
    }
  });

  it("hears of the audio that a text-only chat leaves out, unless the chat has a listener of its own", async () => {
    const own: RunEvent[] = [];
    for (const chat of [text.getNewChat(), text.getNewChat({ onEvent: (event) => own.push(event) })]) {
      heard.length = 0;
      chat.newTurn(Role.USER);
      await chat.addAudio(fixtureBytes("speech.wav"), "wav");
      await chat.copy().addAudio(fixtureBytes("speech.wav"), "wav");
      expect(heard).toHaveLength(own.length === 0 ? 2 : 0);
    }
    expect(own).toMatchObject([{ kind: "warning" }, { kind: "warning" }]);
  });

  it("hears of codes that are none", async () => {
    heard.length = 0;
    const codes = Int32Array.of(1, 2, 3, 4, 5, 6, 7, 3_000, -1, 2, 3, 4, 5, 6, 7, 8);
    await liquid.decodeCodes({ frames: 2, codebooks: 8, codes }, 24_000, "wav");
    const warnings = heard.filter(({ kind }) => kind === "warning");
    expect(warnings).toMatchObject([{ message: expect.stringMatching(/^2 of the audio codes/) }]);
  });
});

describe("arguments that are none", () => {
  const wrong = { generatedTextTokens: [1], generatedModalityFlag: [0] };
  it.each([
    ["generate(null)", (m: BaseMllmModel) => m.generate(null as never)],
    ["generate of a spec", (m: BaseMllmModel) => m.generate({ messages: [] } as never)],
    ["generateBatch of one chat", (m: BaseMllmModel) => m.generateBatch(asked(m) as never)],
    ["score of no chats", (m: BaseMllmModel) => m.score(null as never, m.encodeResponse("yes"))],
    ["score of a text", (m: BaseMllmModel) => m.score([asked(m)], "yes" as never)],
    ["getStaticEmbeddings of a text", (m: BaseMllmModel) => m.getStaticEmbeddings("x" as never)],
    ["getStaticEmbeddings of no response", (m: BaseMllmModel) => m.getStaticEmbeddings([wrong] as never)],
    ["getContextualEmbeddings(undefined)", (m: BaseMllmModel) => m.getContextualEmbeddings(undefined as never)],
    ["encodeResponse(7)", async (m: BaseMllmModel) => m.encodeResponse(7 as never)],
    ["responseTokens(null)", async (m: BaseMllmModel) => m.responseTokens(null as never)],
    ["buildChat of a text", (m: BaseMllmModel) => m.buildChat("hello" as never)],
    ["buildChat of a bare content", (m: BaseMllmModel) => m.buildChat([{ role: "user", content: "hello" }] as never)],
    ["buildChat of another role", (m: BaseMllmModel) => m.buildChat([{ role: "tool", content: [] }] as never)],
    ["buildChat of another kind", (m: BaseMllmModel) => m.buildChat([{ role: "user", content: [{ kind: "image" }] }] as never)],
    ["getNewChat(null)", async (m: BaseMllmModel) => m.getNewChat(null as never)],
    ["newTurn of a name", async (m: BaseMllmModel) => m.getNewChat().newTurn("user" as never)],
    ["append(null)", async (m: BaseMllmModel) => opened(asked(m)).append(null as never)],
    ["append with a wrong mode", async (m: BaseMllmModel) => opened(asked(m)).append([9] as never, undefined, undefined, 7 as never)],
    [
      "append of too few codes",
      async (m: BaseMllmModel) => opened(asked(m)).append([] as never, { frames: 2, codebooks: 8, codes: new Int32Array(8) }, [1, 1], 1),
    ],
    ["withPlayers(null)", async (m: BaseMllmModel) => asked(m).withPlayers(null as never)],
    ["translateGroupsIdsMask(null)", async (m: BaseMllmModel) => asked(m).translateGroupsIdsMask(null as never)],
    ["externalShapValuesMask = 3", async (m: BaseMllmModel) => Object.assign(asked(m), { externalShapValuesMask: 3 })],
    ["externalGroupIds = {}", async (m: BaseMllmModel) => Object.assign(asked(m), { externalGroupIds: {} })],
    ["decodeText(7)", async (m: BaseMllmModel) => asked(m).decodeText(7 as never)],
  ])("%s is refused by name", async (_, call) => {
    for (const model of models()) await expect(call(model)).rejects.toThrow(ConnectorError);
  });
});
