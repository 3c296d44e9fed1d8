import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Result } from "../../src/results/result_schema.js";
import { requestOf } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { explain } from "../../src/tasks/explain.js";
import { loadModel } from "../../src/tasks/load_model.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CLIP = { type: "audio", path: "configs/audio/kitchen-light.wav" } as const;
const run = { cache: false };

/** What is explained, without what it cost. */
const values = ({ run: _, ...result }: Result): unknown => result;

async function explained(specs: readonly SpecInput[], atOnce: boolean): Promise<readonly unknown[]> {
  const requests = await Promise.all(specs.map((spec) => requestOf(spec, ROOT)));
  const model = await loadModel(requests[0] as (typeof requests)[number]);
  try {
    if (atOnce) return (await Promise.all(requests.map((request) => explain(request, { model })))).map(values);
    const results = [];
    for (const request of requests) results.push(values(await explain(request, { model })));
    return results;
  } finally {
    await model.dispose();
  }
}

const LISTENER = { connector: "liquid-audio", repo: "embedded:nano" } as const;
const heard = (masking: "drop" | "silence" | "embedding", payoff: "tfidf" | "likelihood"): SpecInput => ({
  model: LISTENER,
  messages: [{ role: "user", content: [CLIP] }],
  explain: { players: { audio: "segment", segment_seconds: 0.5 }, audio_masking: masking, payoff, budget: 24 },
  run,
});
const READER = { connector: "transformers-text", repo: "embedded:nano" } as const;
const read = (text: string, payoff: "tfidf" | "likelihood"): SpecInput => ({
  model: READER,
  messages: [{ role: "user", content: text }],
  explain: { players: "word", payoff },
  run,
});
const TINY: SpecInput["model"] = { repo: "./fixtures/tiny/ultravox" };

test.each([
  ["of sound", [heard("drop", "tfidf"), heard("silence", "tfidf"), heard("embedding", "likelihood")]],
  ["of one clip, masked alike", [heard("drop", "tfidf"), heard("drop", "likelihood")]],
  ["of text", [read("turn on the kitchen light", "tfidf"), read("what time is it", "likelihood"), read("turn on the lamp", "tfidf")]],
  [
    "of another family",
    (["drop", "silence"] as const).map((masking) => ({ ...heard(masking, "tfidf"), model: TINY, generation: { max_new_tokens: 6 } })),
  ],
])(
  "explanations %s at once on one model give what they give one after the other",
  async (_, specs) => {
    const one = await explained(specs, false);
    expect(JSON.stringify(await explained(specs, true))).toBe(JSON.stringify(one));
  },
  120_000,
);

test("one of several calls may be interrupted: the others go on", async () => {
  const request = await requestOf(heard("silence", "tfidf"), ROOT);
  const model = await loadModel(request);
  try {
    const stop = new AbortController();
    const [stopped, whole] = [explain(request, { model, signal: stop.signal }), explain(request, { model })];
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(stopped).rejects.toThrow();
    expect(values(await whole)).toEqual(values(await explain(request, { model })));
  } finally {
    await model.dispose();
  }
}, 120_000);
