import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeAudio } from "../../../../../src/audio/files/decode.js";
import { ModalityFlag, ModelHistoryTrackingMode } from "../../../../../src/chat/enums.js";
import type { ModelResponse } from "../../../../../src/chat/model_response.js";
import type { ChatMessage } from "../../../../../src/chat/types.js";
import type { LiquidAudioChat } from "../../../../../src/connectors/speech/families/lfm2/chat.js";
import { LiquidAudio } from "../../../../../src/connectors/speech/families/lfm2/model.js";
import { END_OF_AUDIO } from "../../../../../src/connectors/speech/families/lfm2/tokens.js";
import { ConnectorError } from "../../../../../src/errors.js";
import type { RunEvent } from "../../../../../src/events.js";
import { createRng } from "../../../../../src/random.js";
import { NaiveLiquid, type NaiveStep } from "../../../../support/naive_liquid.js";

const COMMANDS = new URL("../../../../../fixtures/audio/commands/", import.meta.url);
const FOLDER = fileURLToPath(new URL("../../../../../fixtures/models/nano/audio", import.meta.url));
const NANO = { config: { repoId: "embedded:nano" }, device: "cpu", threads: 1 } as const;
const HOT = { textTemperature: 1.5, textTopK: 40, audioTemperature: 1, audioTopK: 4 };

interface Command {
  readonly file: string;
  readonly words: string;
  readonly answer: string;
}

const commands = JSON.parse(readFileSync(new URL("commands.json", COMMANDS), "utf8")) as readonly Command[];

const spoken = (file: string): ChatMessage => ({
  role: "user",
  content: [{ kind: "audio", bytes: readFileSync(new URL(file, COMMANDS)), format: "flac", transcript: null }],
});
const typed = (text: string, role: ChatMessage["role"] = "user"): ChatMessage => ({ role, content: [{ kind: "text", text }] });

let model: LiquidAudio;
let plain: LiquidAudio;
let naive: NaiveLiquid;
/** Masked chats of two clips and a text, the whole ones last. */
let chats: readonly LiquidAudioChat[];

beforeAll(async () => {
  model = await LiquidAudio.load(NANO);
  plain = await LiquidAudio.load({ ...NANO, batchSize: 1 });
  naive = await NaiveLiquid.open(FOLDER, 128);
  const whole = [
    await model.buildChat([typed("Respond with text.", "system"), spoken("kitchen.flac")], { audioMasking: "silence" }),
    await model.buildChat([spoken("bedroom.flac")], { audioMasking: "drop" }),
    await model.buildChat([typed("turn on the kitchen light")]),
  ];
  const rng = createRng(5);
  const masked = whole.flatMap((chat) =>
    Array.from({ length: 5 }, () => chat.withPlayers(Uint8Array.from({ length: chat.playersNum }, () => rng.int(2))) as LiquidAudioChat),
  );
  chats = [...masked, ...whole];
});

afterAll(async () => {
  for (const open of [model, plain, naive]) await ("dispose" in open ? open.dispose() : open.release());
});

const idsOf = (responses: readonly ModelResponse[]): number[][] => responses.map((response) => [...response.generatedTextTokens]);

/** An answer of given steps, as if it had been generated. */
function answer(steps: readonly NaiveStep[]): ModelResponse {
  const frames = steps.filter((step) => typeof step !== "number");
  return {
    chat: null,
    generatedTextTokens: Int32Array.from(steps.filter((step) => typeof step === "number")),
    generatedAudioTokens: { frames: frames.length, codebooks: 8, codes: Int32Array.from(frames.flat()) },
    generatedModalityFlag: steps.map((step) => (typeof step === "number" ? ModalityFlag.TEXT : ModalityFlag.AUDIO)),
    text: "",
    finishReason: "stop",
  };
}

const codes = (seed: number): readonly number[] => {
  const rng = createRng(seed);
  return Array.from({ length: 8 }, () => rng.int(2048));
};

test("spoken and typed commands get the right answers", async () => {
  for (const { file, words, answer: wanted } of commands) {
    const heard = await model.generate(await model.buildChat([spoken(file)]));
    expect([file, heard.text]).toEqual([file, wanted]);
    expect(heard.finishReason).toBe("stop");
    expect(heard.generatedTextTokens.at(-1)).toBe(7);
    expect(model.responseTokens(heard).join("")).toBe(`${wanted}<|im_end|>`);
    expect((await model.generate(await model.buildChat([typed(words)]))).text).toBe(wanted);
  }
});

test("batches answer as single rows, and as feeding everything anew for every token", async () => {
  const batched = await model.generateBatch(chats);
  expect(idsOf(await plain.generateBatch(chats))).toEqual(idsOf(batched));
  const single = await Promise.all(chats.slice(-3).map((chat) => model.generate(chat)));
  expect(idsOf(single)).toEqual(idsOf(batched.slice(-3)));
  const slow: number[][] = [];
  for (const chat of chats) slow.push([...(await naive.answer(chat.promptParts(), 7, 128))]);
  expect(idsOf(batched)).toEqual(slow);
  expect(new Set(slow.map((ids) => ids.join())).size).toBeGreaterThanOrEqual(5);
});

test("scores of text and frames are those of feeding everything anew for every step", async () => {
  const steps: NaiveStep[] = [128, codes(1), codes(2), new Array<number>(8).fill(END_OF_AUDIO), 417, codes(3), 7];
  const some = [chats[0], chats[7], ...chats.slice(-3)] as readonly LiquidAudioChat[];
  const scores = await model.score(some, answer(steps));
  const alone = await plain.score(some, answer(steps));
  for (const [i, chat] of some.entries()) {
    const wanted = await naive.scores(chat.promptParts(), steps);
    wanted.forEach((value, t) => {
      expect(scores[i]?.[t]).toBeCloseTo(value, 3);
      expect(alone[i]?.[t]).toBeCloseTo(value, 3);
    });
  }
  expect(scores[0]?.length).toBe(steps.length);
});

test("what was generated is scored as likely as it was: greedy steps are the likeliest", async () => {
  const chat = chats.at(-2) as LiquidAudioChat;
  const response = await model.generate(chat);
  const [scores] = await model.score([chat], response);
  expect(Math.exp((scores as Float64Array).reduce((a, b) => a + b, 0))).toBeGreaterThan(0.5);
});

test("sampled answers depend on seed and prompt alone", async () => {
  const options = { modelConfig: HOT, maxNewTokens: 12, seed: 3 } as const;
  const one = idsOf(await model.generateBatch(chats, options));
  const reversed = idsOf(await model.generateBatch([...chats].reverse(), options)).reverse();
  expect(reversed).toEqual(one);
  expect(idsOf(await model.generateBatch(chats, { ...options, seed: 4 }))).not.toEqual(one);
});

test("interleaved answers: text and sound by turns, sampled by seed, with the history that was asked for", async () => {
  const speaker = await LiquidAudio.load({ ...NANO, historyTrackingMode: ModelHistoryTrackingMode.TEXT_AUDIO });
  const chat = await speaker.buildChat([typed("Respond with interleaved text and audio.", "system"), spoken("kitchen.flac")]);
  const options = { modelConfig: HOT, maxNewTokens: 30, seed: 1, keepHistory: true } as const;
  const [response, again] = await speaker.generateBatch([chat, chat], options);
  expect({ ...again, chat: null }).toEqual({ ...response, chat: null });
  const { generatedModalityFlag: flags, generatedAudioTokens: audio } = response as ModelResponse;
  expect(audio.frames).toBe(flags.filter((flag) => flag === ModalityFlag.AUDIO).length);
  expect(audio.codes.length).toBe(8 * audio.frames);
  expect(response?.chat?.inputTokensNum).toBe(chat.inputTokensNum + flags.length + 2);
  const steps = flags.map((flag) => (flag === ModalityFlag.TEXT ? "T" : "A")).join("");
  expect(steps).toMatch(/^T{1,6}(A+T+)*A*$/);
  const [scores] = await speaker.score([chat], response as ModelResponse);
  expect(scores?.length).toBe(flags.length);
  expect(scores?.every((score) => score <= 0 && Number.isFinite(score))).toBe(true);
  await speaker.dispose();
});

test("the embedded model speaks: the sound of a line between its marks, and of an answer after its text", async () => {
  const line = "turning on the kitchen light";
  const steering = typed("Perform TTS. Use the US female voice.", "system");
  const read = await model.generate(await model.buildChat([steering, typed(line)]));
  expect([...read.generatedTextTokens]).toEqual([128, 7]);
  expect(read.generatedModalityFlag.map(Number).join("")).toMatch(/^01{15,40}0$/);
  const { frames, codes: said } = read.generatedAudioTokens;
  expect([...said.slice(-8)]).toEqual(new Array(8).fill(END_OF_AUDIO));
  expect(said.subarray(0, -8).every((code) => code < END_OF_AUDIO)).toBe(true);
  const { samples } = await decodeAudio(await model.decodeCodes(read.generatedAudioTokens, 24_000, "wav"));
  expect(samples.length).toBe(1_920 * (frames - 1));
  expect(Math.max(...samples.map(Math.abs))).toBeGreaterThan(0.05);

  const speaker = await LiquidAudio.load({ ...NANO, historyTrackingMode: ModelHistoryTrackingMode.TEXT_AUDIO });
  const answered = await speaker.generate(
    await speaker.buildChat([typed("Respond with interleaved text and audio.", "system"), spoken("kitchen.flac")]),
  );
  await speaker.dispose();
  expect([answered.text, answered.finishReason]).toEqual([line, "stop"]);
  expect(answered.generatedTextTokens.at(-1)).toBe(130);
  expect(answered.generatedModalityFlag.map(Number).join("")).toMatch(/^0{6}1{15,40}$/);
});

test("a history holds what was emitted once: the end of the turn is not doubled", async () => {
  const chat = chats.at(-1) as LiquidAudioChat;
  const { chat: grown, ...response } = await model.generate(chat, { keepHistory: true });
  const ids = (grown as LiquidAudioChat).inputTokens;
  expect([...ids.subarray(0, chat.inputTokensNum)]).toEqual([...chat.inputTokens]);
  const emitted = [...response.generatedTextTokens.subarray(0, -1)];
  expect([...ids.subarray(chat.inputTokensNum)]).toEqual([...emitted, ...model.processor.encode("<|im_end|>\n")]);
  expect(chat.speaker).not.toBeNull();
});

test("frames of a history are fed again, and are part of the prompt", async () => {
  const chat = await model.buildChat([typed("what color is the sky")]);
  const audio = { frames: 2, codebooks: 8, codes: Int32Array.from([...codes(1), ...codes(2)]) };
  chat.append(new Int32Array(0), audio, [ModalityFlag.AUDIO, ModalityFlag.AUDIO], ModelHistoryTrackingMode.TEXT_AUDIO);
  chat.endTurn();
  const steps = [417, 7];
  const [scores] = await model.score([chat], answer(steps));
  (await naive.scores(chat.promptParts(), steps)).forEach((value, t) => {
    expect(scores?.[t]).toBeCloseTo(value, 3);
  });
});

test("speech comes out as a file of 1,920 samples a frame, the end of audio left out", async () => {
  const steps = [codes(1), codes(2), [5, ...new Array<number>(7).fill(END_OF_AUDIO)], new Array<number>(8).fill(END_OF_AUDIO)];
  const { generatedAudioTokens: audio } = answer(steps);
  const wav = await decodeAudio(await model.decodeCodes(audio, 24_000, "wav"));
  expect([wav.sampleRate, wav.samples.length]).toEqual([24_000, 3 * 1_920]);
  const half = await decodeAudio(await model.decodeCodes(audio, 12_000, "wav"));
  expect([half.sampleRate, half.samples.length]).toEqual([12_000, (3 * 1_920) / 2]);
  const chat = model.getNewChat();
  expect(await chat.decodeAudio(answer([steps[3] as readonly number[]]).generatedAudioTokens, 24_000, "wav")).toEqual(new Uint8Array(0));
  expect((await chat.decodeAudio(audio, 24_000, "wav")).length).toBe(44 + 2 * 3 * 1_920);
});

test("embeddings: rows of the tables, and last hidden states of the reply alone", async () => {
  const mixed = answer([417, codes(4), 7]);
  const empty = answer([]);
  const [fixed, none] = await model.getStaticEmbeddings([mixed, empty]);
  expect([fixed?.rows, fixed?.columns, none?.rows]).toEqual([3, 128, 0]);
  const table = new Float32Array(new Uint8Array(readFileSync(`${FOLDER}/onnx/embed_tokens.bin`)).buffer);
  expect(fixed?.data.slice(0, 128)).toEqual(table.slice(417 * 128, 418 * 128));
  const [states, nothing] = await model.getContextualEmbeddings([mixed, empty]);
  expect([states?.rows, states?.columns, nothing?.rows, nothing?.columns]).toEqual([3, 128, 0, 128]);
  expect(states?.data.every(Number.isFinite)).toBe(true);
});

test("a clip is encoded once however often it is asked about, and work is counted", async () => {
  const events: RunEvent[] = [];
  const fresh = await LiquidAudio.load({ ...NANO, onEvent: (event) => events.push(event) });
  const chat = await fresh.buildChat([spoken("lamp.flac")]);
  await fresh.generateBatch([chat, chat, chat]);
  const { passes: before } = fresh.usage;
  await fresh.score([chat], answer([417]));
  expect(fresh.usage.calls).toBe(4);
  expect(fresh.usage.passes - before).toBe(1);
  expect(fresh.identity).toMatchObject({ connector: "liquid-audio", repo: "embedded:nano", dtype: "fp32", provider: "cpu" });
  expect(Object.keys(fresh.identity.sha256)).toEqual(
    expect.arrayContaining([
      "onnx/decoder.onnx",
      "onnx/audio_encoder.onnx",
      "onnx/embed_tokens.bin",
      "onnx/vocoder_depthformer.onnx",
      "tokenizer.json",
    ]),
  );
  await fresh.dispose();
});

test("an abort ends a batch", async () => {
  await expect(model.generateBatch(chats, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  expect((await model.generate(chats.at(-1) as LiquidAudioChat)).text).toBe("turning on the kitchen light");
});

test("what cannot be is refused with one reason", async () => {
  await expect(model.buildChat([])).rejects.toThrow(ConnectorError);
  await expect(model.buildChat([{ role: "user", content: [] }])).rejects.toThrow(/message 1 \(user\) has neither text nor audio/);
  const { content } = spoken("lamp.flac");
  const aligned = content.map((part) => (part.kind === "audio" ? { ...part, transcript: "turn off the garden lamp" } : part));
  await expect(model.buildChat([{ role: "user", content: aligned }])).rejects.toThrow(/no aligner/);
  expect(() => model.encodeResponse("")).toThrow(/empty/);
  const wide = { ...answer([codes(1)]), generatedAudioTokens: { frames: 1, codebooks: 4, codes: new Int32Array(4) } };
  await expect(model.score([chats[0] as LiquidAudioChat], wide)).rejects.toThrow(/frames of 4 codes/);
  expect(model.encodeResponse("turning on the light").generatedTextTokens.length).toBe(4);
});
