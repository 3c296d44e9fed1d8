import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../../src/connectors/types.js";
import type { RunEvent } from "../../src/events.js";
import { openDiskMemo } from "../../src/memo/disk.js";
import { redact } from "../../src/results/redact.js";
import { type Result, ResultSchema } from "../../src/results/result_schema.js";
import { requestOf, STRICT } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { evaluate, requestOfResult } from "../../src/tasks/evaluate.js";
import { type ExplainOptions, explain } from "../../src/tasks/explain.js";
import { loadModel } from "../../src/tasks/load_model.js";
import { answerUnits } from "../../src/tasks/outputs.js";
import { sum } from "../../src/util/arrays.js";
import { temporaryFolder } from "../support/decoder_files.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

const requestFor = (how: SpecInput["explain"], more: Partial<SpecInput> = {}) =>
  requestOf(
    {
      model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
      messages: [{ role: "user", content: "could you please turn on the kitchen light" }],
      explain: { players: "word", ...how },
      run: { threads: 1 },
      ...more,
    },
    root,
    { policy: { ...STRICT, allowOutside: true } },
  );

type Outputs = NonNullable<Result["outputs"]>;

describe("the parts of an answer", () => {
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(await requestFor({}));
  });
  afterAll(() => model.dispose());

  const explained = async (how: SpecInput["explain"], more?: Partial<SpecInput>, options?: ExplainOptions) =>
    await explain(await requestFor(how, more), { model, ...options });
  const outputsOf = (result: Result): Outputs => {
    if (result.outputs === undefined) throw new Error("no outputs");
    return result.outputs;
  };

  it.each(["exact", "permutation", "leverage", "proxy", "neyman", "owen"] as const)("add up, played by %s", async (sampler) => {
    const result = await explained({ sampler, ...(sampler === "exact" ? {} : { budget: 100 }) });
    const { steps, words } = outputsOf(ResultSchema.parse(result) as Result);
    expect(steps.map(({ text }) => text)).toEqual(result.response.tokens);
    for (const player of result.players) {
      const ofSteps = steps.map(({ values }) => values[player.index] as number);
      expect(sum(Float64Array.from(ofSteps)) / steps.length).toBeCloseTo(player.value, 10);
      for (const word of words) {
        expect(sum(Float64Array.from(ofSteps.slice(...word.steps)))).toBeCloseTo(word.values[player.index] as number, 10);
      }
    }
    if (sampler === "neyman") return;
    for (const { values, full, empty } of [...steps, ...words]) expect(sum(Float64Array.from(values))).toBeCloseTo(full - empty, 10);
  });

  it("name the words that decided them", async () => {
    const result = await explained({ sampler: "exact" });
    const best = (text: string): string | undefined => {
      const word = outputsOf(result).words.find((one) => one.text.trim() === text);
      const most = word?.values.indexOf(Math.max(...word.values));
      return result.players[most ?? -1]?.text;
    };
    expect(["turning", "kitchen", "light"].map(best)).toEqual(["on", "kitchen", "light"]);
  });

  it("stand in the conversation as the assistant's own entry", async () => {
    const { conversation, response } = await explained({ sampler: "exact" });
    const entry = conversation.at(-1)?.at(-1);
    expect(entry).toMatchObject({ content_type: 0, content: response.tokens, answer: true });
    expect(entry?.roles).toEqual(response.tokens.map(() => 1));
    expect(entry?.shap_values).toEqual(response.tokens.map(() => null));
    expect(conversation.at(-1)?.[0]?.content.join("")).toContain("assistant");
  });

  it("stand in a turn of the assistant's own behind a prompt", async () => {
    const { conversation } = await explained({ sampler: "exact" }, { messages: undefined, prompt: "turn on the", answer: " light" });
    expect(conversation).toHaveLength(2);
    expect(conversation[1]).toMatchObject([{ content: [" light"], roles: [1], answer: true }]);
  });

  it("leave the values as they are, and are not there where they are not asked for or the payoff is one number", async () => {
    const told = ({ run: _, spec: _spec, outputs: _outputs, conversation: _turns, ...rest }: Result) => JSON.stringify(rest);
    const [all, without] = [await explained({ budget: 100 }), await explained({ budget: 100, outputs: false })];
    expect(told(all)).toBe(told(without));
    expect(without.outputs).toBeUndefined();
    expect(without.conversation.flat().some(({ answer }) => answer === true)).toBe(false);
    expect((await explained({ payoff: "tfidf", budget: 100 })).outputs).toBeUndefined();
  });

  it("come from a memo on disk as they came from the model", async () => {
    const folder = realpathSync(temporaryFolder());
    const run = async () => {
      const memo = await openDiskMemo({ folder, edition: "test" });
      const { run: spent, ...result } = await explained({ budget: 100 }, {}, { memo });
      await memo.close();
      return { calls: spent?.model_calls, result };
    };
    const [first, second] = [await run(), await run()];
    expect(second.calls).toBe(0);
    expect(second.result).toEqual(first.result);
  });

  it("tell of unions where only the heaviest were refined", async () => {
    const messages: SpecInput["messages"] = [{ role: "user", content: "please turn on the kitchen light. thank you very much. be quick." }];
    const result = await explained({ sampler: "owen", top: 1, budget: 60, players: "word" }, { messages });
    for (const { values, full, empty } of outputsOf(result).steps) {
      expect(values).toHaveLength(result.players.length);
      expect(sum(Float64Array.from(values))).toBeCloseTo(full - empty, 10);
    }
  });

  it("are words and stretches of the sound where the answer is spoken", async () => {
    const request = await requestFor(
      { sampler: "permutation", budget: 20 },
      {
        model: { connector: "liquid-audio", repo: "embedded:nano", device: "cpu" },
        generation: { history: "text_audio", max_new_tokens: 40 },
        messages: [
          { role: "system", content: "Respond with interleaved text and audio." },
          { role: "user", content: "turn on the kitchen light" },
        ],
      },
    );
    const result = await explain(request);
    const { steps, words } = outputsOf(result);
    const frames = steps.filter(({ kind }) => kind === "frame");
    expect(frames).toHaveLength(result.response.audio?.frames ?? -1);
    expect(frames[1]).toMatchObject({ text: "", start_s: 0.08, end_s: 0.16 });
    const stretches = words.filter(({ kind }) => kind === "stretch");
    // Three frames of 80 ms are about a segment.
    expect(stretches[0]).toMatchObject({ start_s: 0, end_s: 0.24 });
    expect(stretches.reduce((sum, { steps: [from, to] }) => sum + to - from, 0)).toBe(frames.length);
    const entries = result.conversation.at(-1)?.filter(({ answer }) => answer === true) ?? [];
    expect(entries.map(({ content_type }) => content_type)).toContain(1);
    expect(entries.flatMap(({ content }) => content)).toEqual(result.response.tokens);
  });

  it("lose their texts where results are redacted, and the result can still be evaluated where they are not", async () => {
    const result = await explained({ sampler: "exact" });
    expect(outputsOf(redact(result)).words.map(({ text }) => text)).toEqual(outputsOf(result).words.map(() => ""));
    expect(JSON.stringify(redact(result))).not.toContain("kitchen");
    const evaluated = await evaluate(result, await requestOfResult(result, root), { model, rankings: 2 });
    expect(evaluated.payoff.full).toBe(result.payoff.full);
  });

  it("are words alone, or left out, where a result could not hold them", async () => {
    const request = await requestFor({});
    const told: RunEvent[] = [];
    const unitsFor = (players: number, tokens: readonly string[]) => {
      const game = { players, outputs: () => ({ count: tokens.length, slotsOf: () => new Int32Array(0), payoff: () => 0 }) };
      const answer = { text: tokens.join(""), generatedModalityFlag: tokens.map(() => 0) };
      const steps = { answer, tokens, frameSeconds: null };
      return answerUnits(game, steps, request.spec, { onEvent: (event) => told.push(event) });
    };
    const tokens = Array.from({ length: 900 }, (_, i) => (i % 3 === 0 ? " w" : "x"));
    expect(unitsFor(200, tokens)).toHaveLength(1_200);
    expect(new Set(unitsFor(1_000, tokens).map(({ kind }) => kind))).toEqual(new Set(["word"]));
    expect(unitsFor(2_000, tokens)).toEqual([]);
    expect(told.map((event) => event.kind === "warning" && event.message)).toEqual([
      "900 steps × 1000 players are too many for a result: outputs tells of words, not of steps",
      "900 steps × 2000 players are too many for a result, and so are its words: outputs is left out (fewer players, or explain.target)",
    ]);
  });
});
