import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Chat } from "../../src/chat/types.js";
import { openModel } from "../../src/connectors/registry.js";
import type { Model } from "../../src/connectors/types.js";
import { answer, createAsker } from "../../src/game/ask.js";
import { conversationGame } from "../../src/game/conversation_game.js";
import { evaluateFaithfulness } from "../../src/game/faithfulness.js";
import { play } from "../../src/game/play.js";
import { responseQuestion } from "../../src/game/questions.js";
import type { Coalition } from "../../src/game/types.js";
import { openDiskMemo } from "../../src/memo/disk.js";
import { memoryMemo } from "../../src/memo/memory.js";
import { createPayoff, type PayoffChoice } from "../../src/payoffs/registry.js";
import { buildPlayers } from "../../src/players/players.js";
import type { Player } from "../../src/players/types.js";
import { createRng } from "../../src/random.js";
import { METHODS } from "../../src/shapley/registry.js";

import { temporaryFolder } from "../support/decoder_files.js";
import { NO_HELPERS } from "../support/fakes.js";

const GREEDY_32 = {
  maxNewTokens: 32,
  modelConfig: { textTemperature: 0, textTopK: 1, audioTemperature: 0, audioTopK: 1 },
  seed: 0,
} as const;
const WORDS = { text: "word", audio: "token", segmentSeconds: 0.25 } as const;

describe("conversation games of the embedded model", () => {
  let model: Model;
  let chat: Chat;
  let players: readonly Player[];
  let groupIds: Int32Array;
  const memo = memoryMemo();

  beforeAll(async () => {
    model = await openModel("transformers-text", { config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 });
    chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text: "could you please turn on the kitchen light" }] }]);
    ({ players, groupIds } = buildPlayers(chat, WORDS));
  });

  afterAll(() => model.dispose());

  async function gameFor(choice: PayoffChoice, shared = memo) {
    const asked = { model, generate: GREEDY_32, memo: shared };
    const target = await answer(createAsker(responseQuestion(asked)), chat, {});
    return conversationGame({
      ...asked,
      chat,
      groupIds,
      target,
      payoff: await createPayoff(choice, { model, ...NO_HELPERS }),
    });
  }

  it("has the words as players", () => {
    expect(players.map(({ text }) => text)).toEqual(["could", "you", "please", "turn", "on", "the", "kitchen", "light"]);
  });

  it.each<PayoffChoice>([
    { kind: "likelihood" },
    { kind: "tfidf" },
    { kind: "exact-match" },
    { kind: "embedding", source: "static", reducer: "mean", similarity: "cosine" },
    { kind: "embedding", source: "contextual", reducer: "mean", similarity: "euclidean" },
  ])("value the deciding words most ($kind $source)", async (choice) => {
    const game = await gameFor(choice);
    const { estimate, played } = await play(game, METHODS.exact.create({ confidence: 0.95 }), { budget: 256, rng: createRng(0) });
    const values = [...estimate.values];
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(played.full - played.empty, 9);
    const byValue = players.map(({ text, index }) => ({ text, value: values[index] as number })).sort((a, b) => b.value - a.value);
    expect(new Set(byValue.slice(0, 3).map(({ text }) => text))).toEqual(new Set(["on", "kitchen", "light"]));
  });

  it("cost nothing when they are played again, and pay the same", async () => {
    const folder = temporaryFolder();
    const coalitions: readonly Coalition[] = Array.from({ length: 256 }, (_, bits) =>
      Uint8Array.from({ length: 8 }, (_, i) => (bits >> i) & 1),
    );
    const play = async () => {
      const disk = await openDiskMemo({ folder, edition: "test" });
      const before = model.usage.passes;
      const games = [await gameFor({ kind: "likelihood" }, disk), await gameFor({ kind: "tfidf" }, disk)];
      const payoffs = [];
      for (const game of games) payoffs.push([...(await game.evaluate(coalitions, {}))]);
      await disk.close();
      return { payoffs, passes: model.usage.passes - before };
    };
    const first = await play();
    const second = await play();
    expect(first.passes).toBeGreaterThan(0);
    expect(second).toEqual({ payoffs: first.payoffs, passes: 0 });
  });

  it("bear out the ranking by Shapley values against chance", async () => {
    const game = await gameFor({ kind: "likelihood" });
    const { estimate } = await play(game, METHODS.exact.create({ confidence: 0.95 }), { budget: 256, rng: createRng(0) });
    const { advantage } = await evaluateFaithfulness(game, estimate.values, { rankings: 20, confidence: 0.95, rng: createRng(1) });
    for (const { overRandom } of Object.values(advantage)) expect(overRandom.low).toBeGreaterThan(0);
  });

  it("give one payoff whether coalitions are asked together or one by one", async () => {
    const coalitions: readonly Coalition[] = Array.from({ length: 32 }, (_, i) =>
      Uint8Array.from({ length: 8 }, (_, player) => ((i * 37) >> player) & 1),
    );
    for (const choice of [{ kind: "likelihood" }, { kind: "exact-match" }] as const) {
      const together = await (await gameFor(choice, memoryMemo())).evaluate(coalitions, {});
      const alone = await gameFor(choice, memoryMemo());
      for (const [i, coalition] of coalitions.entries()) {
        const [payoff] = await alone.evaluate([coalition], {});
        expect(payoff).toBeCloseTo(together[i] as number, 4);
      }
    }
  });
});
