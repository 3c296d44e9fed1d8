import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type BaseMllmChat,
  ConnectorError,
  type ExplainChatOptions,
  ExplainError,
  explain,
  explainChat,
  LiquidAudio,
  Role,
  type RunEvent,
  requestOf,
  SpecError,
  SystemRolesSetup,
  TransformersCausalText,
} from "../../src/index.js";
import { fixtureBytes } from "../support/signals.js";

const COMMAND = "turn on the kitchen light";
const NANO = { config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 } as const;
let text: TransformersCausalText;
let liquid: LiquidAudio;

beforeAll(async () => {
  text = await TransformersCausalText.load(NANO);
  liquid = await LiquidAudio.load(NANO);
});
afterAll(() => Promise.all([text.dispose(), liquid.dispose()]));

function asked<C extends BaseMllmChat>(chat: C, command = COMMAND): C {
  chat.newTurn(Role.USER);
  chat.addText(command);
  chat.endTurn();
  return chat;
}

/** What the command line finds for the same conversation. */
async function explained(explainSpec: object, command = COMMAND): Promise<readonly number[]> {
  const model = { connector: "transformers-text", repo: "embedded:nano", device: "cpu" } as const;
  const spec = { model, messages: [{ role: "user", content: command }], explain: explainSpec, run: { cache: false } } as const;
  const { players } = await explain(await requestOf(spec as never, process.cwd()), { model: text });
  return players.map(({ value }) => value);
}

const ofPlayers = (values: Float64Array): number[] => [...values].filter((value) => !Number.isNaN(value));

describe("explainChat", () => {
  it.each(["likelihood", "tfidf", { kind: "embedding", source: "static" }] as const)(
    "by %j finds the values of the command line, and leaves them on the chat",
    async (payoff) => {
      const chat = asked(text.getNewChat());
      const before = chat.inputTokensNum;
      const { cache, estimate, payoff: ends, response } = await explainChat(text, chat, { payoff });
      expect(chat.cache).toBe(cache);
      expect(chat.inputTokensNum).toBe(before);
      expect(chat.speaker).toBeNull();
      expect(response.text).toBe("turning on the kitchen light");
      expect([...estimate.values]).toEqual(await explained({ payoff }));
      expect(ofPlayers(cache.values)).toEqual([...estimate.values]);
      expect(estimate.values.reduce((a, b) => a + b, 0)).toBeCloseTo(ends.full - ends.empty, 9);
      const shown = chat.getConversation().flatMap((turn) => turn.flatMap(({ shapValues }) => shapValues ?? []));
      expect(shown.map((value) => value ?? Number.NaN)).toEqual([...cache.normalizedValues]);
      expect(cache.hadDifferentMasks).toBe(false);
    },
  );

  it("knows like the command line what players say", async () => {
    const said = "turn on the light and the radio and the heater and the fan";
    const { estimate } = await explainChat(text, asked(text.getNewChat(), said), { sampler: "proxy", budget: 60 });
    expect([...estimate.values]).toEqual(await explained({ sampler: "proxy", budget: 60 }, said));
  });

  it("keeps each coalition's mask and, where answers are compared, its answer", async () => {
    const chat = asked(text.getNewChat());
    const { cache, response } = await explainChat(text, chat, { payoff: "exact-match" });
    expect(cache.calculatedBy).toBe("exact");
    expect(cache.masks).toHaveLength(2 ** 5);
    expect(cache.responses).toHaveLength(2 ** 5);
    expect([...(cache.masks[0] ?? [])]).toEqual(new Array(chat.inputTokensNum).fill(1));
    expect(cache.responses[0]?.text).toBe(response.text);
    const without = cache.masks.findIndex((mask) => [...mask].filter((bit) => bit === 0).length === 1);
    const masked = text.getNewChat().constructor as typeof BaseMllmChat;
    const again = await text.generate(masked.fromChat(cache.masks[without] as Uint8Array, chat));
    expect([...again.generatedTextTokens]).toEqual([...(cache.responses[without]?.generatedTextTokens ?? [])]);
    const scored = await explainChat(text, asked(text.getNewChat()));
    expect(scored.cache.responses).toEqual([scored.response]);
  });

  it("plays the groups that are set, and the tokens that a mask leaves", async () => {
    const chat = asked(text.getNewChat());
    const first = chat.shapValuesMask.indexOf(1);
    const ids = new Int32Array(chat.inputTokensNum);
    ids.set([9, 9, 2, 2, 2], first);
    chat.externalGroupIds = ids;
    const grouped = await explainChat(text, chat);
    expect(grouped.estimate.values).toHaveLength(2);
    const [two, nine] = grouped.estimate.values as unknown as [number, number];
    expect(ofPlayers(grouped.cache.values)).toEqual([nine, nine, two, two, two]);
    expect(grouped.cache.hadDifferentMasks).toBe(true);
    const other = asked(text.getNewChat());
    other.externalShapValuesMask = Uint8Array.from(other.inputTokens, (_, i) => (i === first + 3 || i === first + 4 ? 1 : 0));
    expect((await explainChat(text, other)).estimate.values).toHaveLength(2);
  });

  it("never makes a player of the answer's opening", async () => {
    const chat = asked(text.getNewChat({ systemRolesSetup: SystemRolesSetup.NONE }), "lights off");
    const { estimate, cache } = await explainChat(text, chat, { budget: 64, sampler: "permutation" });
    expect(estimate.values).toHaveLength(chat.inputTokensNum);
    expect(cache.values).toHaveLength(chat.inputTokensNum);
  });

  it("explains an answer that is given, and one to a clip", async () => {
    const chat = asked(text.getNewChat());
    const given = await explainChat(text, chat, { response: "turning on the light" });
    expect(given.response.finishReason).toBe("given");
    const heard = liquid.getNewChat();
    heard.newTurn(Role.USER);
    await heard.addAudio(fixtureBytes("speech.wav"), "wav");
    heard.endTurn();
    const { cache } = await explainChat(liquid, heard, { budget: 64 });
    expect(ofPlayers(cache.values)).toHaveLength(heard.playersNum);
    expect(heard.getConversation()[0]?.[1]?.shapValues?.every((value) => value !== null)).toBe(true);
  });

  it("is the same with the same seed", async () => {
    const options: ExplainChatOptions = { sampler: "permutation", budget: 20, seed: 3 };
    const one = await explainChat(text, asked(text.getNewChat()), options);
    const two = await explainChat(text, asked(text.getNewChat()), options);
    expect([...two.cache.values]).toEqual([...one.cache.values]);
  });

  it("says what is wrong", async () => {
    const chat = asked(text.getNewChat());
    await expect(explainChat(text, {} as never)).rejects.toThrow(ConnectorError);
    await expect(explainChat(text, text.getNewChat())).rejects.toThrow(/without any token/);
    await expect(explainChat(text, chat, { budget: 1 })).rejects.toThrow(SpecError);
    await expect(explainChat(text, chat, { sampler: "guess" as never })).rejects.toThrow(/explainChat: sampler/);
    await expect(explainChat(text, chat, { maxNewTokens: 0 })).rejects.toThrow(/maxNewTokens is 0/);
    await expect(explainChat(text, chat, { payoff: { kind: "embedding", source: "a/b" } })).rejects.toThrow(/can name a model for that/);
    const system = text.getNewChat();
    system.newTurn(Role.SYSTEM);
    system.addText("you help");
    system.endTurn();
    await expect(explainChat(text, system)).rejects.toThrow(ExplainError);
    const growing = asked(text.getNewChat());
    const onEvent = (_: RunEvent): void => {
      if (growing.turnNumber === 1) asked(growing, "more");
    };
    await expect(explainChat(text, growing, { onEvent })).rejects.toThrow(/changed while it was explained/);
    expect(chat.cache).toBeNull();
  });
});
