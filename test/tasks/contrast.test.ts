import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../../src/connectors/types.js";
import { type Recording, recordingJsonSchema } from "../../src/results/recording.js";
import { redact } from "../../src/results/redact.js";
import { type Result, resultJsonSchema } from "../../src/results/result_schema.js";
import { requestOf } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { explain } from "../../src/tasks/explain.js";
import { loadModel } from "../../src/tasks/load_model.js";
import { rescore } from "../../src/tasks/rescore.js";
import { text as textView } from "../../src/views/result/text.js";
import { renderedLater } from "../support/render.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [LIGHT, LAMP, BATH] = ["turning on the kitchen light", "turning on the lamp", "turning on the bathroom light"];
const ajv = new Ajv2020({ strict: false });
const [validResult, validRecording] = [ajv.compile(resultJsonSchema()), ajv.compile(recordingJsonSchema())];

const requestFor = (how: SpecInput["explain"], answer: string | null = null) =>
  requestOf(
    {
      model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
      messages: [
        { role: "user", content: "could you please turn on the kitchen light" },
        ...(answer === null ? [] : [{ role: "assistant" as const, content: answer }]),
      ],
      explain: { players: "word", sampler: "exact", ...how },
      run: { threads: 1 },
    },
    root,
  );

describe("a contrast", () => {
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(await requestFor({}));
  });
  afterAll(() => model.dispose());

  const recordings: Recording[] = [];
  const explained = async (how: SpecInput["explain"], answer: string | null = null): Promise<Result> =>
    await explain(await requestFor(how, answer), { model, onRecording: (one) => void recordings.push(JSON.parse(JSON.stringify(one))) });
  const against = (foil: string, per: "answer" | "token" = "answer") => ({ payoff: { kind: "contrast", foil, per } as const });
  const valuesOf = ({ players }: Result) => players.map(({ value }) => value);

  it.each(["exact", "leverage", "permutation", "proxy"] as const)(
    "of A with B is minus that of B with A, played by %s",
    async (sampler) => {
      const how = { sampler, ...(sampler === "exact" ? {} : { budget: 60 }) };
      for (const per of ["answer", "token"] as const) {
        const [ab, ba] = [
          await explained({ ...how, ...against(LAMP, per) }, LIGHT),
          await explained({ ...how, ...against(LIGHT, per) }, LAMP),
        ];
        valuesOf(ab).forEach((value, i) => {
          expect(value).toBeCloseTo(-(valuesOf(ba)[i] as number), 10);
        });
        expect(ab.payoff.full).toBeCloseTo(-ba.payoff.full, 12);
      }
    },
  );

  it("is the difference of two likelihoods, per token or of whole answers of different lengths", async () => {
    const [light, lamp] = [await explained({}, LIGHT), await explained({}, LAMP)];
    const perToken = await explained(against(LAMP, "token"), LIGHT);
    const sums = await explained(against(LAMP), LIGHT);
    const steps = [light, lamp].map(({ response }) => response.tokens.length) as [number, number];
    expect(steps[0]).not.toBe(steps[1]);
    valuesOf(light).forEach((value, i) => {
      const other = valuesOf(lamp)[i] as number;
      expect(valuesOf(perToken)[i]).toBeCloseTo(value - other, 10);
      expect(valuesOf(sums)[i]).toBeCloseTo(value * steps[0] - other * steps[1], 10);
    });
    expect(sums.payoff.contrast).toEqual({ foil: LAMP, steps: [0, steps[1]], per: "answer" });
    expect(sums.outputs).toBeUndefined();
  });

  it.each(["exact", "leverage", "permutation", "proxy"] as const)(
    "of texts of one length has a row for each token, which sum to the values, played by %s",
    async (sampler) => {
      const how = { sampler, ...(sampler === "exact" ? {} : { budget: 60 }) };
      for (const per of ["answer", "token"] as const) {
        const result = await explained({ ...how, ...against(BATH, per) }, LIGHT);
        const steps = result.outputs?.steps ?? [];
        expect(steps.map(({ text }) => text.trim())).toEqual(["turning", "on", "the", "kitchen", "light"]);
        valuesOf(result).forEach((value, i) => {
          const rows = steps.reduce((sum, { values }) => sum + (values[i] as number), 0);
          expect(rows / (per === "token" ? steps.length : 1)).toBeCloseTo(value, 9);
        });
        // They part at the fourth word.
        for (const { full, empty } of steps.slice(0, 3)) expect([full, empty]).toEqual([0, 0]);
        expect(steps[3]?.full).toBeGreaterThan(5);
        const { run: _, ...told } = result;
        const { run: _run, ...again } = await rescore(recordings.at(-1));
        expect(again).toEqual(told);
      }
    },
  );

  it("leaves the token out that ended a generated answer, so that it is what a given one is", async () => {
    const [generated, given] = [await explained(against(LAMP)), await explained(against(LAMP), LIGHT)];
    expect(generated.response.tokens).toHaveLength(given.response.tokens.length + 1);
    expect(valuesOf(generated)).toEqual(valuesOf(given));
  });

  it("of a target has the foil in its place: the word that named it decides", async () => {
    const result = await explained({ ...against("bathroom"), target: { text: "kitchen" } });
    expect(validResult(result), JSON.stringify(validResult.errors)).toBe(true);
    expect(result.payoff.contrast).toEqual({ foil: "bathroom", steps: [3, 4], per: "answer" });
    expect(result.payoff.target?.text).toBe(" kitchen");
    const most = Math.max(...valuesOf(result));
    expect(result.players.find(({ value }) => value === most)?.text).toBe("kitchen");
    expect(await renderedLater(textView, [result])).toContain('contrast of "kitchen" (step 3) with "bathroom":');
    expect(JSON.stringify(redact(result))).not.toContain("bathroom");
  });

  it("is played again from its recording, and from no other", async () => {
    const { run: _, ...first } = await explained({ ...against("bathroom"), target: { text: "kitchen" } });
    const recording = recordings.at(-1);
    expect(validRecording(recording), JSON.stringify(validRecording.errors)).toBe(true);
    const { run: _run, ...again } = await rescore(recording);
    expect(again).toEqual(first);
    const refused = /the recording holds no log-probabilities of the foil/;
    await expect(rescore(recording, against("hall"))).rejects.toThrow(refused);
    await expect(rescore(recording, { target: null })).rejects.toThrow(refused);
    const likelihood = await rescore(recording, { payoff: "likelihood" });
    expect(valuesOf(likelihood)).toEqual(valuesOf(await explained({ target: { text: "kitchen" } })));
    await expect(rescore(recordings.at(-1), against("bathroom"))).rejects.toThrow(refused);
  });

  it("needs a foil that says something else", async () => {
    await expect(explained(against(LIGHT))).rejects.toThrow(`payoff contrast: the foil "${LIGHT}" is what the answer says`);
    await expect(requestFor({ payoff: { kind: "contrast" } as never })).rejects.toThrow(/foil/);
    await expect(requestFor({ payoff: "contrast" as never })).rejects.toThrow(/foil/);
  });
});
