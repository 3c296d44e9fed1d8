import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../../src/connectors/types.js";
import { openDiskMemo } from "../../src/memo/disk.js";
import type { Recording } from "../../src/results/recording.js";
import { requestOf } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { type ExplainOptions, explain } from "../../src/tasks/explain.js";
import { loadModel } from "../../src/tasks/load_model.js";
import { rescore } from "../../src/tasks/rescore.js";
import { temporaryFolder } from "../support/decoder_files.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const requestFor = (how: SpecInput["explain"]) =>
  requestOf(
    {
      model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
      messages: [{ role: "user", content: "could you please turn on the kitchen light" }],
      explain: { players: "word", sampler: "exact", payoff: "divergence", ...how },
      run: { threads: 1 },
    },
    root,
  );

describe("the divergence of the next token's law", () => {
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(await requestFor({}));
  });
  afterAll(() => model.dispose());
  const explained = async (how: SpecInput["explain"] = {}, options: ExplainOptions = {}) =>
    await explain(await requestFor(how), { model, ...options });

  it("is 0 for the whole conversation, never more, and at most ln 2 away", async () => {
    const { payoff, outputs, players } = await explained();
    expect(payoff.full).toBeCloseTo(0, 9);
    expect(payoff.empty).toBeLessThan(-0.1);
    expect(payoff.empty).toBeGreaterThanOrEqual(-Math.LN2);
    expect(payoff.efficiency_gap).toBeCloseTo(0, 10);
    const word = outputs?.words.find(({ text }) => text.trim() === "kitchen");
    const most = word?.values.indexOf(Math.max(...word.values));
    expect(players[most ?? -1]?.text).toBe("kitchen");
  });

  it("may be of a part of the answer", async () => {
    const [whole, part] = [await explained(), await explained({ target: { text: "kitchen" } })];
    expect(part.outputs?.steps).toEqual(whole.outputs?.steps.slice(3, 4));
  });

  it("is remembered on disk, and played again from a recording, which holds nothing else", async () => {
    const folder = realpathSync(temporaryFolder());
    const recordings: Recording[] = [];
    const run = async () => {
      const memo = await openDiskMemo({ folder, edition: "test" });
      const onRecording = (one: Recording): void => void recordings.push(JSON.parse(JSON.stringify(one)));
      const { run: spent, ...result } = await explained({}, { memo, onRecording });
      await memo.close();
      return { calls: spent?.model_calls, result };
    };
    const [first, second] = [await run(), await run()];
    expect(first.calls).toBeGreaterThan(0);
    expect(second.calls).toBe(0);
    expect(second.result).toEqual(first.result);
    const { run: _, ...again } = await rescore(recordings[0]);
    expect(again).toEqual(first.result);
    await expect(rescore(recordings[0], { payoff: "likelihood" })).rejects.toThrow(
      "the recording holds divergences of the next token's law, and this payoff is made of log-probabilities of the answer",
    );
  });
});
