import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openModel } from "../../src/connectors/registry.js";
import type { Model } from "../../src/connectors/types.js";
import { memoryMemo } from "../../src/memo/memory.js";
import { redact } from "../../src/results/redact.js";
import type { Result } from "../../src/results/result_schema.js";
import { requestOf } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { evaluate, requestOfResult } from "../../src/tasks/evaluate.js";
import { explain } from "../../src/tasks/explain.js";
import { EVALUATION_FORMATS } from "../../src/views/evaluation.js";
import { temporaryFolder } from "../support/decoder_files.js";
import { rendered } from "../support/render.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const TWO_TURNS: SpecInput["messages"] = [
  { role: "user", content: "please turn on the kitchen light" },
  { role: "assistant", content: "turning on the kitchen light" },
  { role: "user", content: "and the lamp too" },
];

describe("evaluate", () => {
  let model: Model;
  const memo = memoryMemo();

  beforeAll(async () => {
    model = await openModel("transformers-text", { config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 });
  });
  afterAll(() => model.dispose());

  async function explained(options: SpecInput["explain"] = {}, messages?: SpecInput["messages"]): Promise<Result> {
    const spec: SpecInput = {
      model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
      messages: messages ?? [{ role: "user", content: "could you please turn on the kitchen light" }],
      explain: { players: "word", ...options },
    };
    return await explain(await requestOf(spec, ROOT), { model, memo });
  }

  it("finds an exact explanation better than chance in every measure, and every answer remembered", async () => {
    const result = await explained();
    const evaluation = await evaluate(result, await requestOfResult(result, ROOT), { model, memo, rankings: 50 });
    expect(evaluation.payoff).toEqual({ kind: "likelihood", full: result.payoff.full, empty: result.payoff.empty });
    for (const { explanation, random, better, over_random } of Object.values(evaluation.metrics)) {
      expect(over_random.low).toBeGreaterThan(0);
      expect(Math.sign(explanation - random)).toBe(better === "higher" ? 1 : -1);
      expect(Math.abs(explanation - random)).toBeCloseTo(over_random.value, 12);
    }
    const { insertion, deletion } = evaluation.curves.explanation;
    expect([insertion.length, deletion.length]).toEqual([9, 9]);
    expect([insertion[0], insertion[8]]).toEqual([result.payoff.empty, result.payoff.full]);
    expect([deletion[0], deletion[8]]).toEqual([result.payoff.full, result.payoff.empty]);
    // All 256 coalitions were played.
    expect(evaluation.run).toMatchObject({ model_calls: 0 });
    expect(rendered(EVALUATION_FORMATS.text, [evaluation])).toMatch(/Better than random rankings, beyond chance, in 8 of 8 measures\.\n$/);
  });

  it("takes another payoff than the explained one, and says so", async () => {
    const result = await explained();
    const by = (payoff: string) => ({ path: ["explain", "payoff"], value: payoff, label: `--payoff ${payoff}` });
    const request = await requestOfResult(result, ROOT, { overrides: [by("exact-match")] });
    const evaluation = await evaluate(result, request, { model, memo, rankings: 20 });
    expect(evaluation.explainer.payoff).toBe("likelihood");
    expect(evaluation.payoff).toEqual({ kind: "exact-match", full: 1, empty: 0 });
    expect(evaluation.curves.explanation.insertion.every((payoff) => payoff === 0 || payoff === 1)).toBe(true);
    expect(evaluation.metrics.insertion.over_random.low).toBeGreaterThan(0);
    expect(rendered(EVALUATION_FORMATS.text, [evaluation])).toMatch(/^explained {2}by likelihood\npayoff {5}exact-match: 1/m);
    await expect(requestOfResult(result, ROOT, { overrides: [by("dice")] })).rejects.toThrow(/^--payoff dice: explain\.payoff/);
    const command = { ...result, explainer: { ...result.explainer, payoff: "command" } };
    expect((await requestOfResult(command, ROOT, { overrides: [by("tfidf")] })).spec.explain.payoff).toMatchObject({ kind: "tfidf" });
  });

  it("is the same for the same seed", async () => {
    const result = await explained({ payoff: "tfidf" });
    const request = await requestOfResult(result, ROOT);
    const [one, two] = [await evaluate(result, request, { model, rankings: 5 }), await evaluate(result, request, { model, rankings: 5 })];
    expect({ ...one, run: null }).toEqual({ ...two, run: null });
  });

  it("tells a bad ranking: values with their signs turned are worse than chance", async () => {
    const result = await explained();
    const worse = { ...result, players: result.players.map((player) => ({ ...player, value: -player.value })) };
    const { metrics } = await evaluate(worse, await requestOfResult(worse, ROOT), { model, memo, rankings: 20 });
    for (const { over_random } of Object.values(metrics)) expect(over_random.high).toBeLessThan(0);
  });

  it("takes unions that were left whole as the players that they are", async () => {
    const result = await explained({ sampler: "owen", top: 1 }, TWO_TURNS);
    expect(result.players.some(({ kind }) => kind === "group")).toBe(true);
    const evaluation = await evaluate(result, await requestOfResult(result, ROOT), { model, memo, rankings: 10 });
    expect(evaluation.curves.explanation.insertion).toHaveLength(result.players.length + 1);
    expect(evaluation.payoff.full).toBe(result.payoff.full);
  });

  it("refuses another model, another answer, other tokens, and what was redacted", async () => {
    const result = await explained();
    const request = await requestOfResult(result, ROOT);
    const refusal = (other: Partial<Result>) => evaluate({ ...result, ...other }, request, { model, memo, rankings: 2 });
    const sha256 = { ...result.model.sha256, "onnx/model.onnx": "0".repeat(64) };
    await expect(refusal({ model: { ...result.model, sha256 } })).rejects.toThrow(
      "the model is not the one that was explained: onnx/model.onnx has another SHA-256",
    );
    await expect(refusal({ response: { ...result.response, text: "no" } })).rejects.toThrow(/now answers "turning on the kitchen light"/);
    await expect(refusal({ conversation: result.conversation.slice(1) })).rejects.toThrow(/tokens now, and \d+ in the result/);
    await expect(requestOfResult(redact(result), ROOT)).rejects.toThrow(/holds no texts \(--redact\)/);
    const command = { ...result, explainer: { ...result.explainer, payoff: "command" } };
    await expect(requestOfResult(command, ROOT)).rejects.toThrow(/--payoff-command/);
  });

  it("a result's paths stay inside its folder; a path of the command line's own goes where it likes", async () => {
    const outside = realpathSync(temporaryFolder());
    const folder = join(outside, "specs");
    mkdirSync(folder);
    const result = await explained();
    const resolved = { ...result.spec.resolved, model: { ...(result.spec.resolved.model as object), repo: ".." } };
    const strange = { ...result, spec: { ...result.spec, resolved } };
    await expect(requestOfResult(strange, folder)).rejects.toThrow(/lies outside the spec's folder/);
    const overrides = [{ path: ["model", "repo"], value: outside, label: "--repo" }];
    expect((await requestOfResult(strange, folder, { overrides, cwd: ROOT })).paths.repo.name).toBe(outside);
  });
});
