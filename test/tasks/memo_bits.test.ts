import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Model } from "../../src/connectors/types.js";
import type { ModelMemo } from "../../src/memo/memory.js";
import { createRng } from "../../src/random.js";
import { requestOf } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { explain } from "../../src/tasks/explain.js";
import { loadModel } from "../../src/tasks/load_model.js";

/*
 * Where chats are cut to be fed moves the last bits of their scores on some processors: neither what is known already nor what a sampler asks
 * for may have a say in it.
 */

const spec = (text: string, explained: SpecInput["explain"] = {}): SpecInput => ({
  model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
  messages: [{ role: "user", content: text }],
  explain: { players: "word", ...explained },
});

let model: Model;
beforeAll(async () => {
  model = await loadModel(await requestOf(spec("turn on the light"), "/"));
});
afterAll(() => model.dispose());

/** Scores that are known, and those that are learnt. */
function memoOf(known: ReadonlyMap<string, Float64Array> = new Map()): ModelMemo & { readonly scores_: Map<string, Float64Array> } {
  const scores = new Map(known);
  return {
    responses: { get: () => undefined, set: () => undefined },
    scores: {
      get: (key) => scores.get(key),
      set: (key, value) => {
        scores.set(key, value);
      },
    },
    scores_: scores,
  };
}

async function run(input: SpecInput, memo: ModelMemo): Promise<string> {
  const { run: _, ...result } = await explain(await requestOf(input, "/"), { model, memo });
  return JSON.stringify(result);
}

describe("the same bytes", () => {
  test.each([
    ["an even number of words", "turn on the kitchen light 0"],
    ["words that the model knows", "please turn off the lamp"],
    ["a single token at the end", "play jazz"],
  ])("whatever part of the answers is known: %s", async (_, text) => {
    const cold = memoOf();
    const whole = await run(spec(text), cold);
    const all = [...cold.scores_];
    const rng = createRng(3);
    for (let i = 0; i < 40; i++) {
      const share = [0.03, 0.5, 0.97, 1][i % 4] ?? 1;
      const known = i < 4 ? all.slice(0, i + 1) : i < 8 ? all.slice(i - 3) : all.filter(() => rng.float() < share);
      const memo = memoOf(new Map(known));
      expect(await run(spec(text), memo)).toBe(whole);
      expect(new Map([...memo.scores_].sort())).toEqual(new Map([...all].sort()));
    }
  });

  test("whichever sampler asked before", async () => {
    const text = "hello could you please turn on the light now";
    const asked = memoOf();
    for (const sampler of ["permutation", "leverage"] as const) await run(spec(text, { sampler, budget: 60 }), asked);
    expect(await run(spec(text, { sampler: "exact" }), asked)).toBe(await run(spec(text, { sampler: "exact" }), memoOf()));
  });
});
