import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../../src/connectors/types.js";
import type { Result } from "../../src/results/result_schema.js";
import { requestOf } from "../../src/spec/load.js";
import type { ExplainRequest } from "../../src/spec/request.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { explain } from "../../src/tasks/explain.js";
import { loadModel } from "../../src/tasks/load_model.js";
import { openRun } from "../../src/tasks/open_run.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

const requestFor = (content: string, how: NonNullable<SpecInput["explain"]>, generation: SpecInput["generation"] = {}) =>
  requestOf(
    {
      model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
      messages: [{ role: "user", content }],
      generation: { max_new_tokens: 8, ...generation },
      explain: { players: "word", ...how },
      run: { threads: 1 },
    },
    root,
  );

/** A model that counts how often it was closed, and how many calls it has at a time. */
function watched(model: Model): { readonly it: Model; readonly seen: { closed: number; most: number } } {
  const seen = { closed: 0, most: 0 };
  let now = 0;
  const counted = async <T>(call: Promise<T>): Promise<T> => {
    now++;
    seen.most = Math.max(seen.most, now);
    try {
      return await call;
    } finally {
      now--;
    }
  };
  const it: Model = Object.assign(Object.create(model) as Model, {
    generateBatch: (...[chats, options]: Parameters<Model["generateBatch"]>) => counted(model.generateBatch(chats, options)),
    score: (...[chats, response, options]: Parameters<Model["score"]>) => counted(model.score(chats, response, options)),
    dispose: async () => {
      seen.closed++;
    },
  });
  return { it, seen };
}

describe("a run", () => {
  let model: Model;

  beforeAll(async () => {
    model = await loadModel(await requestFor("x", {}));
  });
  afterAll(() => model.dispose());

  it("leaves a model open that was handed in, and plays other players than the spec's without changing the chat", async () => {
    const { it: handed, seen } = watched(model);
    const run = await openRun(await requestFor("turn off the fan", {}), { model: handed });
    const groupIds = run.groupIds.map((id) => Math.min(id, 2));
    const [all, two] = [await run.openGame(), await run.openGame(groupIds)];
    expect([all.game.players, two.game.players]).toEqual([4, 2]);
    const ends = [Uint8Array.of(1, 1), Uint8Array.of(0, 0)];
    const fours = ends.map(([bit]) => new Uint8Array(4).fill(bit as number));
    expect(await two.game.evaluate(ends, {})).toEqual(await all.game.evaluate(fours, {}));
    await run[Symbol.asyncDispose]();
    expect(seen.closed).toBe(0);
  });

  it("that cannot be opened closes the model that it loaded, and asks nothing of one that is refused", async () => {
    const { it: refused, seen } = watched(model);
    const refuse = (): never => {
      throw new Error("not this model");
    };
    await expect(openRun(await requestFor("hello", {}), { model: refused }, refuse)).rejects.toThrow("not this model");
    expect(seen).toEqual({ closed: 0, most: 0 });
    let loaded: Model | null = null;
    const opening = openRun(await requestFor("hello", { groups: [{ name: "g", phrase: "not there" }] }), {}, (own) => {
      loaded = own;
    });
    await expect(opening).rejects.toThrow(/"not there" is not in any message/);
    await expect((loaded as unknown as Model).generateBatch([(loaded as unknown as Model).getNewChat()])).rejects.toThrow();
  });

  it("asks for the whole conversation's answer once, where answers are compared, whether or not anything is remembered", async () => {
    for (const cache of [true, false]) {
      const spec: SpecInput = {
        model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
        messages: [{ role: "user", content: "turn on" }],
        explain: { players: "word", payoff: "tfidf" },
        run: { cache },
      };
      const run = await openRun(await requestOf(spec, root), { model });
      const { game } = await run.openGame();
      await game.evaluate([Uint8Array.of(0, 0), Uint8Array.of(1, 0), Uint8Array.of(0, 1), Uint8Array.of(1, 1)], {});
      expect([run.usage().calls, game.stats()]).toMatchObject([4, { distinctInputs: 4, memoHits: 0 }]);
      await run[Symbol.asyncDispose]();
    }
  });

  it("feeds what stands before the first player once, for the answer and for the game", async () => {
    const spent = async (before: string) => {
      const spec: SpecInput = {
        model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
        messages: [
          { role: "user", content: before },
          { role: "assistant", content: "yes" },
          { role: "user", content: "turn on" },
        ],
        generation: { max_new_tokens: 1 },
        explain: { players: "word", payoff: "likelihood" },
      };
      const run = await openRun(await requestOf(spec, root), { model });
      const players = run.players.length;
      // Only the last turn's words play.
      const { game } = await run.openGame(run.groupIds.map((id) => (id > players - 2 ? id - (players - 2) : 0)));
      await game.evaluate([Uint8Array.of(0, 0), Uint8Array.of(1, 0), Uint8Array.of(0, 1), Uint8Array.of(1, 1)], {});
      const { tokens } = run.usage();
      const length = run.chat.inputTokensNum;
      await run[Symbol.asyncDispose]();
      return { tokens, length };
    };
    const [short, long] = [await spent("hello"), await spent("hello what color is the sky please")];
    expect(long.length).toBeGreaterThan(short.length);
    expect(long.tokens - short.tokens).toBe(long.length - short.length);
  });

  it("several at once on one model give the bytes, and count the cost, of one after the other", async () => {
    const { it: shared, seen } = watched(model);
    const requests = [
      await requestFor("could you please turn on the kitchen light", { payoff: "likelihood" }),
      await requestFor("could you please turn on the kitchen light", { payoff: "tfidf", players: "token", seed: 3 }),
      await requestFor("turn off the fan", { payoff: "tfidf" }, { text_temperature: 1, text_top_k: 5 }),
      await requestFor("turn off the fan", { payoff: { kind: "embedding", source: "contextual" } }),
    ];
    const told = (result: Result) => ({ ...result, run: { ...result.run, seconds: 0, passes: 0, tokens: 0 } });
    const alone: Result[] = [];
    for (const request of requests) alone.push(await explain(request, { model: shared }));
    const together = await Promise.all(requests.map((request) => explain(request, { model: shared })));
    expect(JSON.stringify(together.map(told))).toBe(JSON.stringify(alone.map(told)));
    expect(seen.most).toBe(1);
  });

  it("of sound, masked each in its own way, at once on one model, give the bytes of one after the other", async () => {
    const clip = (masking: "drop" | "silence" | "embedding") =>
      requestOf(
        {
          model: { connector: "liquid-audio", repo: "embedded:nano", device: "cpu" },
          messages: [{ role: "user", content: [{ type: "audio", path: "configs/audio/kitchen-light.wav" }] }],
          generation: { max_new_tokens: 8 },
          explain: { players: { audio: "segment", segment_seconds: 0.5 }, payoff: "tfidf", audio_masking: masking },
          run: { threads: 1 },
        },
        root,
      );
    const requests = [await clip("drop"), await clip("silence"), await clip("embedding")];
    const heard = await loadModel(requests[0] as ExplainRequest);
    const told = ({ run: _, ...result }: Result) => JSON.stringify(result);
    const alone: string[] = [];
    for (const request of requests) alone.push(told(await explain(request, { model: heard })));
    const together = await Promise.all(requests.map((request) => explain(request, { model: heard })));
    expect(together.map(told)).toEqual(alone);
    await heard.dispose();
  });
});
