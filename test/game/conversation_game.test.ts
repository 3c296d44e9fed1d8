import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Role } from "../../src/chat/enums.js";
import { ExplainError } from "../../src/errors.js";
import type { RunEvent } from "../../src/events.js";
import { answer, createAsker } from "../../src/game/ask.js";
import { type ConversationGameOptions, conversationGame } from "../../src/game/conversation_game.js";
import { responseQuestion } from "../../src/game/questions.js";
import type { Coalition } from "../../src/game/types.js";
import { memoryMemo } from "../../src/memo/memory.js";
import { exactMatchPayoff } from "../../src/payoffs/exact_match.js";
import { likelihoodPayoff } from "../../src/payoffs/likelihood.js";
import { tfidfPayoff } from "../../src/payoffs/tfidf.js";
import type { ResponsePayoff } from "../../src/payoffs/types.js";
import { fakeChat, fakeModel, response } from "../support/fakes.js";
import { coalitionOf } from "../support/golden.js";

const GREEDY_32 = {
  maxNewTokens: 32,
  modelConfig: { textTemperature: 0, textTopK: 1, audioTemperature: 0, audioTopK: 1 },
  seed: 0,
} as const;

const chat = fakeChat([{ text: "<s>", role: Role.SYSTEM }, "red", "blue", "red"]);

/** log p = −0.25 a letter short of 10 and −1 more, in the three steps of the answer. */
const scores = (text: string): readonly number[] => [-0.25 * (10 - text.length), -0.5, -0.5];
/** Says which colours it saw. */
const colours = (text: string) => response({ tokens: [...text.matchAll(/red|blue/g)].map(([word]) => (word === "red" ? 1 : 2)) });

const all = (players: number): readonly Coalition[] =>
  Array.from({ length: 2 ** players }, (_, bits) => Uint8Array.from({ length: players }, (_, i) => (bits >> i) & 1));

function gameOf(given: Partial<ConversationGameOptions>) {
  const model = given.model ?? fakeModel({ score: scores, answer: colours });
  return conversationGame({
    chat,
    model,
    generate: GREEDY_32,
    memo: memoryMemo(),
    target: response({ tokens: [1, 2, 1] }),
    payoff: likelihoodPayoff,
    ...given,
  });
}

describe("conversationGame", () => {
  it("pays the mean log-probability of the answer's steps", async () => {
    const payoffs = await gameOf({}).evaluate([coalitionOf("000"), coalitionOf("111"), coalitionOf("010")], {});
    expect([...payoffs]).toEqual([(-0.25 * 7 - 1) / 3, (-0.25 * -3 - 1) / 3, (-0.25 * 3 - 1) / 3]);
  });

  it("asks once for coalitions that keep the same tokens, the empty chat first, the rest in one call", async () => {
    const model = fakeModel({ score: scores });
    const game = gameOf({ model });
    const coalitions = [coalitionOf("111"), coalitionOf("100"), coalitionOf("001"), coalitionOf("000"), coalitionOf("100")];
    const payoffs = await game.evaluate(coalitions, {});
    expect(model.asked).toEqual([["<s>"], ["<s>redbluered", "<s>red"]]);
    expect(payoffs[1]).toBe(payoffs[2]);
    await game.evaluate([coalitionOf("001"), coalitionOf("011")], {});
    expect(model.asked[2]).toEqual(["<s>bluered"]);
    expect(game.stats()).toMatchObject({ distinctInputs: 4, memoHits: 0, fittedOn: null, warnings: [] });
  });

  it("counts progress in coalitions, up to all of them", async () => {
    const events: RunEvent[] = [];
    await gameOf({}).evaluate(all(3), { onEvent: (event) => events.push(event) });
    const done = events.map((event) => (event.kind === "progress" && event.label === "coalitions" ? event.done : Number.NaN));
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(8);
    expect(events.every((event) => event.kind === "progress" && event.total === 8)).toBe(true);
  });

  it("gives each coalition its payoff whatever the order and the company", async () => {
    const table = await gameOf({ payoff: exactMatchPayoff }).evaluate(all(3), {});
    const likely = await gameOf({}).evaluate(all(3), {});
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 20 }), async (picks) => {
        const asked = picks.map((pick) => all(3)[pick] as Coalition);
        expect([...(await gameOf({ payoff: exactMatchPayoff }).evaluate(asked, {}))]).toEqual(picks.map((pick) => table[pick]));
        expect([...(await gameOf({}).evaluate(asked, {}))]).toEqual(picks.map((pick) => likely[pick]));
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  it("fits TF-IDF on the first call's coalitions and freezes it", async () => {
    const game = gameOf({ payoff: tfidfPayoff });
    const first = [...all(3)].reverse();
    const payoffs = await game.evaluate(first, {});
    expect(game.stats().fittedOn).toEqual({ responses: 8, distinct: 7 });
    expect(payoffs[0]).toBeCloseTo(1, 12);
    expect(payoffs[7]).toBe(0);
    const later = await game.evaluate([coalitionOf("110")], {});
    expect(later[0]).toBe(payoffs[first.findIndex((c) => c.join("") === "110")]);
    const straight = await gameOf({ payoff: tfidfPayoff }).evaluate(all(3), {});
    expect([...straight].reverse()).toEqual([...payoffs]);
  });

  it("values each different answer once, whatever is asked later", async () => {
    const valued: string[] = [];
    const payoff: ResponsePayoff = {
      needs: "responses",
      fit: () => ({
        fittedOn: null,
        warnings: [],
        values(responses) {
          valued.push(...responses.map(({ text }) => text));
          return Float64Array.from(responses, ({ text }) => text.length);
        },
      }),
    };
    const game = gameOf({ payoff });
    await game.evaluate([coalitionOf("000"), coalitionOf("111"), coalitionOf("100")], {});
    expect([...(await game.evaluate([coalitionOf("010"), coalitionOf("001"), coalitionOf("111")], {}))]).toEqual([1, 1, 5]);
    expect(valued).toEqual(["", "1 2 1", "1", "2"]);
  });

  it("remembers what was answered before an interruption", async () => {
    const memo = memoryMemo();
    const controller = new AbortController();
    let asked = 0;
    const stops = fakeModel({
      score: (text) => {
        if (++asked === 4) controller.abort(new Error("stop"));
        return scores(text);
      },
    });
    await expect(gameOf({ model: stops, memo }).evaluate(all(3), { signal: controller.signal })).rejects.toThrow("stop");
    const model = fakeModel({ score: scores });
    const game = gameOf({ model, memo });
    await game.evaluate(all(3), {});
    expect(model.asked.flat()).toHaveLength(7 - 4);
    expect(game.stats()).toMatchObject({ distinctInputs: 7, memoHits: 4 });
  });

  it("takes nothing from the memo that another target, model or setting put there", async () => {
    const memo = memoryMemo();
    await gameOf({ memo, payoff: tfidfPayoff }).evaluate(all(3), {});
    const memoHits = async (given: Partial<ConversationGameOptions>): Promise<number> => {
      const game = gameOf({ memo, payoff: tfidfPayoff, ...given });
      await game.evaluate(all(3), {});
      return game.stats().memoHits;
    };
    const warm = { ...GREEDY_32, modelConfig: { ...GREEDY_32.modelConfig, textTemperature: 1, textTopK: 5 } };
    const other = fakeModel({ answer: colours });
    expect(await memoHits({})).toBe(7);
    expect(await memoHits({ target: response({ tokens: [5] }), generate: { ...GREEDY_32, seed: 7 } })).toBe(7);
    expect(await memoHits({ generate: { ...GREEDY_32, maxNewTokens: 31 } })).toBe(0);
    expect(await memoHits({ generate: warm })).toBe(0);
    expect(await memoHits({ generate: { ...warm, seed: 1 } })).toBe(0);
    expect(await memoHits({ salt: "history: audio" })).toBe(0);
    expect(await memoHits({ model: { ...other, identity: { ...other.identity, dtype: "q4" } } })).toBe(0);
    expect(await memoHits({ payoff: likelihoodPayoff })).toBe(0);
    expect(await memoHits({ payoff: likelihoodPayoff, target: response({ tokens: [6] }) })).toBe(0);
    expect(await memoHits({ payoff: likelihoodPayoff })).toBe(7);
  });

  it("refuses, before anything else, a chat that the model cannot take without its players", async () => {
    const model = fakeModel({
      score: (text) => {
        if (text === "<s>") throw new Error("the prompt is empty");
        return scores(text);
      },
    });
    const refused = gameOf({ model }).evaluate(all(3), {});
    await expect(refused).rejects.toThrow(ExplainError);
    await expect(refused).rejects.toThrow(/every player left out.*the prompt is empty/);
    expect(model.asked).toEqual([["<s>"]]);
  });

  it("asks a model that feeds the shortest first for all at once, and says as well where it cannot take a chat without players", async () => {
    const shortestFirst = (behaviour: Parameters<typeof fakeModel>[0]) => {
      const model = fakeModel(behaviour);
      return { ...model, can: { ...model.can, shortestFirst: true } };
    };
    const model = shortestFirst({ score: scores });
    await gameOf({ model }).evaluate(all(3), {});
    expect(model.asked).toHaveLength(1);
    const failing = (when: (text: string) => boolean) =>
      gameOf({
        model: shortestFirst({
          score: (text) => {
            if (when(text)) throw new Error("the prompt is wrong");
            return scores(text);
          },
        }),
      }).evaluate(all(3), {});
    await expect(failing((text) => text === "<s>")).rejects.toThrow(/every player left out.*the prompt is wrong/);
    await expect(failing((text) => text !== "<s>")).rejects.toThrow(/^the prompt is wrong/);
  });

  it("floors hopeless steps and says how many", async () => {
    const game = gameOf({ model: fakeModel({ score: () => [Number.NEGATIVE_INFINITY, -1] }) });
    expect([...(await game.evaluate([coalitionOf("111")], {}))]).toEqual([-50.5]);
    expect(game.stats().warnings).toEqual([expect.stringMatching(/^1 of the steps .*floored/)]);
  });

  it.each([
    [[], /^the answer to explain is empty/],
    [[Number.NaN], /^the model gave no log-probability \(NaN\) for step 0/],
  ])("refuses log-probabilities %j", async (steps, message) => {
    await expect(gameOf({ model: fakeModel({ score: () => steps }) }).evaluate(all(3), {})).rejects.toThrow(message);
  });

  it("is not poisoned by empty answers", async () => {
    const silent = fakeModel({ answer: () => response({}) });
    for (const payoff of [tfidfPayoff, exactMatchPayoff]) {
      const payoffs = await gameOf({ model: silent, payoff }).evaluate(all(3), {});
      expect([...payoffs]).toEqual(new Array(8).fill(0));
    }
    const game = gameOf({ model: silent, payoff: tfidfPayoff, target: response({}) });
    expect([...(await game.evaluate(all(3), {}))]).toEqual(new Array(8).fill(0));
    expect(game.stats().warnings).toEqual([expect.stringMatching(/answer to explain is empty/)]);
  });

  it("plays more coalitions than it holds chats for", async () => {
    const long = fakeChat(Array.from({ length: 13 }, (_, i) => String.fromCharCode(97 + i)));
    const model = fakeModel({ score: (text) => [-1 - text.length] });
    const payoffs = await gameOf({ chat: long, model }).evaluate(all(13), {});
    expect([...payoffs]).toEqual(all(13).map((coalition) => -1 - coalition.reduce((sum, member) => sum + member, 0)));
    expect(Math.max(...model.asked.map((call) => call.length))).toBeLessThanOrEqual(4096);
  });
});

describe("answer", () => {
  it("puts the full chat's answer where the game finds it", async () => {
    const memo = memoryMemo();
    const model = fakeModel({ answer: colours });
    const target = await answer(createAsker(responseQuestion({ model, memo, generate: GREEDY_32 })), chat, {});
    expect([...target.generatedTextTokens]).toEqual([1, 2, 1]);
    await gameOf({ model, memo, target, payoff: exactMatchPayoff }).evaluate([coalitionOf("111")], {});
    expect(model.asked.flat().filter((text) => text === "<s>redbluered")).toHaveLength(1);
  });
});
