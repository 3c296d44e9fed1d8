import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../../src/connectors/types.js";
import type { Recording } from "../../src/results/recording.js";
import { redact } from "../../src/results/redact.js";
import type { Result } from "../../src/results/result_schema.js";
import { requestOf } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { explain } from "../../src/tasks/explain.js";
import { explainChat } from "../../src/tasks/explain_chat.js";
import { loadModel } from "../../src/tasks/load_model.js";
import { rescore } from "../../src/tasks/rescore.js";
import { text as textView } from "../../src/views/result/text.js";
import { renderedLater } from "../support/render.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const requestFor = (how: SpecInput["explain"]) =>
  requestOf(
    {
      model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
      messages: [{ role: "user", content: "could you please turn on the kitchen light" }],
      explain: { players: "word", sampler: "exact", ...how },
      run: { threads: 1 },
    },
    root,
  );

describe("a part of the answer", () => {
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(await requestFor({}));
  });
  afterAll(() => model.dispose());
  const explained = async (how: SpecInput["explain"]): Promise<Result> => await explain(await requestFor(how), { model });

  it("is worth the mean of its steps' rows, and only these are told of", async () => {
    const [whole, part] = [await explained({}), await explained({ target: { text: "kitchen light" } })];
    expect(part.payoff.target).toEqual({ steps: [3, 5], text: " kitchen light" });
    expect(part.outputs?.steps).toEqual(whole.outputs?.steps.slice(3, 5));
    expect(part.outputs?.words.map(({ text }) => text)).toEqual([" kitchen", " light"]);
    part.players.forEach(({ value, index }) => {
      const rows = whole.outputs?.steps.slice(3, 5).map(({ values }) => values[index] as number) ?? [];
      expect(value).toBeCloseTo(((rows[0] as number) + (rows[1] as number)) / 2, 12);
    });
    expect(part.payoff.full - part.payoff.empty).toBeCloseTo(part.payoff.sum_of_values, 10);
  });

  it("stands in the view, and not in what is redacted", async () => {
    const part = await explained({ target: { text: "kitchen" } });
    expect(await renderedLater(textView, [part])).toContain('likelihood of "kitchen" (step 3):');
    expect(JSON.stringify(redact(part))).not.toContain("kitchen");
  });

  it("may be asked for by its steps, of a recording too", async () => {
    const recordings: Recording[] = [];
    const request = await requestFor({});
    await explain(request, { model, onRecording: (one) => void recordings.push(one) });
    const { run: _, spec: _spec, ...again } = await rescore(recordings[0], { target: { steps: [3, 4] } });
    const { run: _run, spec: _asked, ...fresh } = await explained({ target: { text: "kitchen" } });
    expect(again).toEqual(fresh);
  });

  it("of a chat made by hand is asked for alike", async () => {
    const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text: "turn on the kitchen light" }] }]);
    const part = await explainChat(model, chat as never, { sampler: "exact", target: { text: "kitchen" } });
    expect(part.payoff.full).toBeGreaterThan(part.payoff.empty);
  });

  it("must be one that the answer has, and of a payoff that scores steps", async () => {
    await expect(explained({ target: { text: "bath" } })).rejects.toThrow(
      'explain.target: "bath" does not stand in the answer: it is "turning on the kitchen light"',
    );
    await expect(explained({ target: { steps: [0, 9] } })).rejects.toThrow(/the answer has 6 steps/);
    await expect(requestFor({ target: { text: "kitchen" }, payoff: "tfidf" })).rejects.toThrow(
      /target.*is for payoffs of the answer's steps \(likelihood, contrast, divergence\), and tfidf compares whole answers/,
    );
    await expect(requestFor({ target: { steps: [2, 2] } })).rejects.toThrow(/start < end/);
  });
});
