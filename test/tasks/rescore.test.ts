import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../../src/connectors/types.js";
import { type Recording, recordingJsonSchema } from "../../src/results/recording.js";
import type { Result } from "../../src/results/result_schema.js";
import { requestOf, STRICT } from "../../src/spec/load.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { type ExplainOptions, explain } from "../../src/tasks/explain.js";
import { loadModel } from "../../src/tasks/load_model.js";
import { rescore } from "../../src/tasks/rescore.js";
import { writeCrossEncoder, writeEncoder } from "../support/encoder_files.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const validate = new Ajv2020({ strict: false }).compile(recordingJsonSchema());

type Explain = NonNullable<SpecInput["explain"]>;

const requestFor = (
  how: Explain,
  messages: SpecInput["messages"] = [{ role: "user", content: "could you please turn off the garden lamp" }],
) =>
  requestOf(
    {
      model: { connector: "transformers-text", repo: "embedded:nano", device: "cpu" },
      messages,
      generation: { max_new_tokens: 8 },
      explain: { players: "word", ...how },
      run: { threads: 1 },
    },
    root,
    { policy: { ...STRICT, allowOutside: true } },
  );

/** What an explanation found, and its recording as a file would hold it. */
async function recorded(
  request: Awaited<ReturnType<typeof requestFor>>,
  model: Model,
  options: Pick<ExplainOptions, "recordWhole"> = {},
): Promise<{ result: string; recording: Recording }> {
  let text = "";
  const onRecording = (recording: Recording): void => {
    text = JSON.stringify(recording);
  };
  const result = await explain(request, { ...options, model, onRecording });
  return { result: told(result), recording: JSON.parse(text) as Recording };
}

const told = ({ run: _, ...result }: Result): string => JSON.stringify(result);

describe("a recording", () => {
  let text: Model;

  beforeAll(async () => {
    text = await loadModel(await requestFor({}));
    writeEncoder({ folder: encoder });
    writeCrossEncoder({ folder: crossEncoder });
  });
  afterAll(async () => {
    for (const folder of [encoder, crossEncoder]) rmSync(folder, { recursive: true, force: true });
    await text.dispose();
  });

  const encoder = realpathSync(mkdtempSync(join(tmpdir(), "mllm-shap-encoder-")));
  const crossEncoder = realpathSync(mkdtempSync(join(tmpdir(), "mllm-shap-encoder-")));

  it.each<[string, Explain]>([
    ["log-probabilities, all coalitions", { payoff: "likelihood", interactions: true }],
    ["log-probabilities, sampled", { payoff: "likelihood", sampler: "permutation", budget: 60, seed: 3, trace: true }],
    ["answers, sampled", { payoff: "tfidf", sampler: "leverage", budget: 90 }],
    ["answers, until a tolerance is met", { payoff: "tfidf", sampler: "permutation", budget: 200, tolerance: 0.2 }],
    ["an adaptive sampler", { payoff: "likelihood", sampler: "neyman", budget: 150 }],
    ["unions of players", { payoff: "likelihood", sampler: "owen", budget: 60, players: "token" }],
    ["answers that a judge grades", { payoff: { kind: "judge", source: "embedded:nano", prompt: "grade {answer} for {conversation}" } }],
    ["answers that an encoder compares", { payoff: { kind: "embedding", source: encoder } }],
    ["answers that a cross-encoder judges", { payoff: { kind: "nli", source: crossEncoder, premise: "both" } }],
    ["answers with their error rates", { payoff: { kind: "wer", reference: "turning off the garden lamp" } }],
    ["players of one's own", { payoff: "exact-match", groups: [{ name: "politeness", phrase: "could you please" }] }],
  ])("of %s gives the values of the explanation, without a model", async (_, how) => {
    const { result, recording } = await recorded(await requestFor(how), text);
    expect(validate(recording), JSON.stringify(validate.errors)).toBe(true);
    expect(told(await rescore(recording))).toBe(result);
  });

  it("of the heaviest unions alone gives their values", async () => {
    const messages = [
      { role: "user", content: "turn on the kitchen light" },
      { role: "assistant", content: "turning on the kitchen light" },
      { role: "user", content: "and the fan too" },
    ] as const;
    const { result, recording } = await recorded(await requestFor({ sampler: "owen", budget: 200, top: 1 }, [...messages]), text);
    expect(told(await rescore(recording))).toBe(result);
  });

  it("of sound gives what the explanation of sound gave", async () => {
    const request = await requestOf(
      {
        model: { connector: "liquid-audio", repo: "embedded:nano", device: "cpu" },
        messages: [
          {
            role: "user",
            content: [{ type: "audio", path: "configs/audio/kitchen-light.wav", transcript: "could you please turn on the kitchen light" }],
          },
        ],
        explain: { payoff: "likelihood" },
        run: { threads: 1 },
      },
      root,
    );
    const model = await loadModel(request);
    const { result, recording } = await recorded(request, model);
    await model.dispose();
    expect(told(await rescore(recording))).toBe(result);
  });

  it("is explained with other settings as the conversation would be", async () => {
    const { recording } = await recorded(await requestFor({ payoff: "tfidf" }), text);
    for (const settings of [
      { payoff: "exact-match" },
      { payoff: { kind: "embedding", source: encoder, similarity: "euclidean" } },
      { sampler: "permutation", budget: 50, seed: 7, normalizer: "identity" },
    ] as const) {
      const anew = await explain(await requestFor({ payoff: "tfidf", ...settings }), { model: text });
      const again = await rescore(recording, settings);
      const values = (result: Result) => [result.players, result.payoff, result.explainer, result.conversation, result.encoder];
      expect(values(again)).toEqual(values(anew));
    }
  });

  it.each<Explain["payoff"]>(["likelihood", "tfidf", "divergence"])(
    "of %s that is whole is explained with payoffs of either kind",
    async (payoff) => {
      const sampled = { sampler: "leverage", budget: 60, seed: 2 } as const;
      const { result, recording } = await recorded(await requestFor({ payoff, ...sampled }), text, { recordWhole: true });
      expect(validate(recording), JSON.stringify(validate.errors)).toBe(true);
      expect(result).toBe((await recorded(await requestFor({ payoff, ...sampled }), text)).result);
      expect(told(await rescore(recording))).toBe(result);
      for (const other of ["likelihood", "tfidf", "exact-match"] as const) {
        const anew = await explain(await requestFor({ payoff: other, ...sampled }), { model: text });
        const again = await rescore(recording, { payoff: other });
        const values = (one: Result) => [one.players, one.payoff, one.explainer, one.conversation, one.outputs];
        expect(values(again), other).toEqual(values(anew));
      }
    },
  );

  it("is refused whole where the model gives no log-probabilities, before anything is asked", async () => {
    const mute = new Proxy(text, { get: (of, key) => (key === "can" ? { ...of.can, score: false } : Reflect.get(of, key, of)) });
    const request = await requestFor({ payoff: "tfidf" });
    await expect(explain(request, { model: mute, onRecording: () => undefined, recordWhole: true })).rejects.toThrow(
      "transformers-text: this model gives no log-probabilities, so a recording of both kinds is not to be had",
    );
  });

  it("of a few coalitions refuses settings that ask for others, by the first that is missing", async () => {
    const { recording } = await recorded(await requestFor({ sampler: "permutation", budget: 40 }), text);
    await expect(rescore(recording, { seed: 9 })).rejects.toThrow(
      /^the recording holds \d+ coalitions, and \d+ of the \d+ that these settings ask for next are not among them, such as \{[^}]*\} of 8 players: only the model can answer these$/,
    );
  });

  it("refuses a payoff that it cannot pay, and settings that mean nothing", async () => {
    const scores = (await recorded(await requestFor({ payoff: "likelihood" }), text)).recording;
    const answers = (await recorded(await requestFor({ payoff: "tfidf" }), text)).recording;
    await expect(rescore(scores, { payoff: "tfidf" })).rejects.toThrow(
      "the recording holds log-probabilities of the answer, and this payoff is made of answers",
    );
    await expect(rescore(answers, { payoff: "likelihood" })).rejects.toThrow(/holds answers, and this payoff is made of log-prob/);
    await expect(rescore(answers, { payoff: "embedding" })).rejects.toThrow(/no model that could embed answers: name a sentence encoder/);
    await expect(rescore(answers, { payoff: { kind: "embedding", source: "./near" } })).rejects.toThrow(/"\.\/near" must be embedded:NAME/);
    await expect(rescore(answers, { sampler: "dice" as never })).rejects.toThrow(
      /^rescore: explain\.sampler must be one of auto, .*\(got "dice"\)$/,
    );
  });

  it("that was damaged is refused by what is wrong with it", async () => {
    const { recording } = await recorded(await requestFor({ payoff: "tfidf" }), text);
    const refused = (change: object) => expect(rescore({ ...recording, ...change })).rejects;
    await refused({ schema: "other" }).toThrow(/not a valid mllm-shap\/recording@1: schema: /);
    await refused({ coalitions: recording.coalitions.slice(1) }).toThrow(/coalitions and input_of differ in length/);
    await refused({ coalitions: recording.coalitions.map(() => "AAAA") }).toThrow(/a coalition of 3 bytes does not fit 8 players/);
    await refused({ input_of: recording.input_of.map(() => 99_999) }).toThrow(/input_of names an input that is not there/);
    await refused({ tokens: { ...recording.tokens, turns_number: 1e9 } }).toThrow(/turns_number is not the number of turns/);
    await refused({ players: recording.players.toReversed() }).toThrow(/players\.0 says that it is player 7/);
    await refused({ players: recording.players.map((one) => ({ ...one, tokens: [999] })) }).toThrow(/players\.0 has token 999/);
    await refused({ tree: { name: "", children: [0, 0] } }).toThrow(/tree does not hold every player once/);
    await refused({ answers: [] }).toThrow(/asked\.0 has no answer/);
    await refused({ tokens: { ...recording.tokens, texts: [] } }).toThrow(/the lists of tokens differ in length/);
    const scores = (await recorded(await requestFor({ payoff: "likelihood" }), text)).recording;
    const cut = scores.asked.map(({ log_probabilities: own = [], ...rest }) => ({ ...rest, log_probabilities: own.slice(1) }));
    await expect(rescore({ ...scores, asked: cut })).rejects.toThrow(/asked\.0 does not have \d+ log_probabilities, one a step/);
    await expect(rescore("nothing")).rejects.toThrow(/the whole: /);
  });
});
