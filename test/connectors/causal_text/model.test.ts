import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AutoModelForCausalLM, type PreTrainedModel, Tensor } from "@huggingface/transformers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ModalityFlag, ModelHistoryTrackingMode, Role } from "../../../src/chat/enums.js";
import type { ModelResponse } from "../../../src/chat/model_response.js";
import type { Chat } from "../../../src/chat/types.js";
import { TransformersTextChat } from "../../../src/connectors/causal_text/chat.js";
import { TransformersCausalText } from "../../../src/connectors/causal_text/model.js";
import { ConnectorError } from "../../../src/errors.js";
import type { RunEvent } from "../../../src/events.js";
import { createRng } from "../../../src/random.js";
import { naiveScores } from "../../support/naive_decoding.js";

const FOLDER = resolve(fileURLToPath(new URL("../../../fixtures/models/nano/text", import.meta.url)));
const NANO = { config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 } as const;
const QUESTION = "could you please turn on the kitchen light";
const HOT = { textTemperature: 2, textTopK: 30, audioTemperature: 0, audioTopK: 1 };

let model: TransformersCausalText;
let plain: TransformersCausalText;
/** Masked chats of several lengths, the whole chat last. */
let chats: readonly Chat[];

beforeAll(async () => {
  model = await TransformersCausalText.load(NANO);
  plain = await TransformersCausalText.load({ ...NANO, batchSize: 1 });
  const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text: QUESTION }] }]);
  const rng = createRng(11);
  const masked = Array.from({ length: 59 }, () => chat.withPlayers(Uint8Array.from({ length: chat.playersNum }, () => rng.int(2))));
  chats = [...masked, chat];
});

afterAll(async () => {
  await model.dispose();
  await plain.dispose();
});

const idsOf = (responses: readonly ModelResponse[]): number[][] => responses.map((response) => [...response.generatedTextTokens]);

test("the embedded model answers", async () => {
  const response = await model.generate(chats.at(-1) as Chat);
  expect(response.text).toBe("turning on the kitchen light");
  expect(response.finishReason).toBe("stop");
  expect(model.responseTokens(response)).toEqual(["turning", " on", " the", " kitchen", " light", "<|im_end|>"]);
  expect(response.generatedModalityFlag).toEqual(Array(6).fill(ModalityFlag.TEXT));
  expect(response.generatedAudioTokens.frames).toBe(0);
  expect(response.chat).toBeNull();
});

test("greedy answers in batches, one by one, and of transformers.js are the same", async () => {
  const batched = idsOf(await model.generateBatch(chats));
  expect(idsOf(await plain.generateBatch(chats))).toEqual(batched);
  const reference = (await AutoModelForCausalLM.from_pretrained(FOLDER, { dtype: "fp32", local_files_only: true })) as PreTrainedModel;
  const answers: number[][] = [];
  for (const chat of chats) {
    const ids = (chat as TransformersTextChat).inputTokens;
    const input = new Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]);
    const mask = new Tensor(
      "int64",
      BigInt64Array.from(ids, () => 1n),
      [1, ids.length],
    );
    const output = (await reference.generate({
      inputs: input,
      attention_mask: mask,
      max_new_tokens: 128,
      do_sample: false,
    } as never)) as Tensor;
    answers.push(Array.from(output.data as BigInt64Array, Number).slice(ids.length));
  }
  await reference.dispose();
  expect(answers).toEqual(batched);
  expect(new Set(batched.map((ids) => ids.join())).size).toBeGreaterThanOrEqual(6);
}, 120_000);

test("scores are the log-probabilities of feeding everything for every step", async () => {
  const full = await model.generate(chats.at(-1) as Chat);
  const some = chats.slice(-8);
  const prompts = some.map((chat) => (chat as TransformersTextChat).inputTokens);
  const wanted = await naiveScores(`${FOLDER}/onnx/model.onnx`, prompts, full.generatedTextTokens);
  for (const one of [model, plain]) {
    const scores = await one.score(some, full);
    scores.forEach((row, i) => {
      expect(row).toHaveLength(6);
      row.forEach((value, t) => {
        expect(value).toBeCloseTo(wanted[i]?.[t] as number, 4);
      });
    });
  }
});

test("with the shared prefix told, results are the same to the last bit whatever is asked together", async () => {
  const full = await model.generate(chats.at(-1) as Chat);
  const all = await model.score(chats, full, { sharedPrefix: 4 });
  const rng = createRng(5);
  for (let round = 0; round < 6; round++) {
    const picked = Array.from({ length: 1 + rng.int(9) }, () => rng.int(chats.length));
    const some = await model.score(
      picked.map((i) => chats[i] as Chat),
      full,
      { sharedPrefix: 4 },
    );
    expect(some).toEqual(picked.map((i) => all[i]));
  }
});

test("sampled answers depend on the seed and the request, not on order or company", async () => {
  const sampled = async (of: readonly Chat[], seed: number, one = model): Promise<number[][]> =>
    idsOf(await one.generateBatch(of, { modelConfig: HOT, seed, maxNewTokens: 12, sharedPrefix: 4 }));
  const first = await sampled(chats, 1);
  expect(await sampled(chats, 1)).toEqual(first);
  expect(await sampled([...chats].reverse(), 1)).toEqual([...first].reverse());
  expect(await sampled(chats.slice(40), 1)).toEqual(first.slice(40));
  expect(await sampled(chats.slice(40), 1, plain)).toEqual(first.slice(40));
  expect(await sampled(chats, 2)).not.toEqual(first);
  expect(new Set(first.map((ids) => ids.join())).size).toBeGreaterThan(15);
});

test("an answer stops at its end token, or at maxNewTokens", async () => {
  const [cut] = await model.generateBatch(chats.slice(-1), { maxNewTokens: 3 });
  expect(cut).toMatchObject({ finishReason: "length", text: "turning on the" });
  const [whole] = await model.generateBatch(chats.slice(-1), { maxNewTokens: 6 });
  expect(whole?.finishReason).toBe("stop");
  expect(whole?.generatedTextTokens.at(-1)).toBe(7);
});

test("every response is handed out as soon as it is known", async () => {
  const seen = new Map<number, ModelResponse>();
  const responses = await model.generateBatch(chats, { onResult: (i, response) => seen.set(i, response) });
  expect(seen.size).toBe(chats.length);
  responses.forEach((response, i) => {
    expect(seen.get(i)).toBe(response);
  });
});

test("an abort ends the work between two calls, with its reason, and keeps what was handed out", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  let known = 0;
  const onResult = (): void => {
    known += 1;
    if (known === 5) stop.abort(reason);
  };
  await expect(model.generateBatch(chats, { signal: stop.signal, onResult })).rejects.toBe(reason);
  expect(known).toBeGreaterThanOrEqual(5);
  expect(known).toBeLessThan(chats.length);
  await expect(model.score(chats, model.encodeResponse("hello"), { signal: stop.signal })).rejects.toBe(reason);
});

test("timers have their turn while the model works", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await model.generateBatch(chats);
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(5);
});

test("keepHistory gives the conversation with the answer, and leaves the chat alone", async () => {
  const chat = chats.at(-1) as TransformersTextChat;
  const before = chat.inputTokensNum;
  const response = await model.generate(chat, { keepHistory: true });
  expect(chat.inputTokensNum).toBe(before);
  const kept = response.chat as TransformersTextChat;
  expect(kept.tokenTexts.join("")).toBe(`${chat.tokenTexts.join("")}turning on the kitchen light<|im_end|>\n`);
  expect(kept.tokenRoles.filter((role) => role === Role.ASSISTANT)).toHaveLength(5);
  expect(kept.speaker).toBeNull();
});

test("a given answer is scored as it stands, without an end token", async () => {
  const given = model.encodeResponse("turning on the kitchen light");
  expect(given).toMatchObject({ finishReason: "given", text: "turning on the kitchen light" });
  const [scores] = await model.score(chats.slice(-1), given);
  const [full] = await model.score(chats.slice(-1), await model.generate(chats.at(-1) as Chat));
  expect(scores).toHaveLength(5);
  expect([...(scores ?? [])].map((x) => x.toFixed(5))).toEqual([...(full ?? [])].slice(0, 5).map((x) => x.toFixed(5)));
  expect(() => model.encodeResponse("")).toThrow(ConnectorError);
});

test("embeddings: rows of the input table, and hidden states of the reply alone", async () => {
  const reply = model.encodeResponse("turning on the light");
  const nothing = { ...reply, generatedTextTokens: new Int32Array(0) };
  const statics = await model.getStaticEmbeddings([reply, nothing]);
  expect(statics.map(({ rows, columns }) => [rows, columns])).toEqual([
    [4, 128],
    [0, 128],
  ]);
  const [twice] = await model.getStaticEmbeddings([{ ...reply, generatedTextTokens: reply.generatedTextTokens.subarray(1, 2) }]);
  expect(twice?.data).toEqual(statics[0]?.data.slice(128, 256));
  const contextual = await model.getContextualEmbeddings([nothing, reply, model.encodeResponse("turning off")]);
  expect(contextual.map(({ rows, columns, data }) => [rows, columns, data.length])).toEqual([
    [0, 128, 0],
    [4, 128, 512],
    [2, 128, 256],
  ]);
  // Causal: what comes later does not change a state, what came before does.
  const first = (i: number): number[] => [...(contextual[i]?.data.subarray(0, 128) ?? [])].map((x) => Math.round(x * 1e4));
  expect(first(1)).toEqual(first(2));
});

test("what determines an answer is named with its hash, and work is counted", async () => {
  expect(model.identity).toMatchObject({
    connector: "transformers-text",
    repo: "embedded:nano",
    resolvedRevision: null,
    dtype: "fp32",
    provider: "cpu",
  });
  expect(Object.keys(model.identity.sha256)).toEqual([
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "onnx/model.onnx",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  for (const hash of Object.values(model.identity.sha256)) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  const cost = async (one: TransformersCausalText): Promise<number[]> => {
    const before = one.usage;
    await one.generateBatch(chats);
    return [one.usage.calls - before.calls, one.usage.tokens - before.tokens, one.usage.passes - before.passes];
  };
  const [few, many] = [await cost(model), await cost(plain)] as [number[], number[]];
  expect(few[0]).toBe(60);
  expect(many[0]).toBe(60);
  expect(few[1] as number).toBeLessThan(many[1] as number);
  expect(few[2] as number).toBeLessThan((many[2] as number) / 4);
});

test("an audio history is refused with a warning, a foreign chat with an error", async () => {
  const events: RunEvent[] = [];
  const other = await TransformersCausalText.load({
    ...NANO,
    historyTrackingMode: ModelHistoryTrackingMode.AUDIO,
    onEvent: (event) => events.push(event),
  });
  expect(other.historyTrackingMode).toBe(ModelHistoryTrackingMode.TEXT);
  expect(events).toContainEqual(expect.objectContaining({ kind: "warning" }));
  await expect(other.generateBatch([{} as Chat])).rejects.toThrow(ConnectorError);
  await expect(other.generateBatch([other.getNewChat()])).rejects.toThrow(/without any token/);
  expect(other.getNewChat()).toBeInstanceOf(TransformersTextChat);
  await other.dispose();
});
