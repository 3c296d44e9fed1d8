import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LiquidAudioChat } from "../../src/connectors/speech/families/lfm2/chat.js";
import type { Model } from "../../src/connectors/types.js";
import type { RunEvent } from "../../src/events.js";
import { requestOf } from "../../src/spec/load.js";
import type { ExplainRequest } from "../../src/spec/request.js";
import type { SpecInput } from "../../src/spec/schema.js";
import { readConversation } from "../../src/tasks/conversation.js";
import { explain } from "../../src/tasks/explain.js";
import { loadModel } from "../../src/tasks/load_model.js";
import { readMessages } from "../../src/tasks/read_messages.js";
import { newFolder } from "../spec/helpers.js";
import { fakeFfmpeg } from "../support/fake_ffmpeg.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const CLIP = "configs/audio/kitchen-light.wav";
const SAID = "could you please turn on the kitchen light";

type Explain = NonNullable<SpecInput["explain"]>;

interface Given {
  readonly connector?: "liquid-audio" | "transformers-text";
  readonly path?: string;
  readonly transcript?: string;
  readonly explain?: Explain;
  readonly folder?: string;
}

function requestFor({
  connector = "liquid-audio",
  path = CLIP,
  transcript,
  explain: how = {},
  folder = root,
}: Given): Promise<ExplainRequest> {
  return requestOf(
    {
      model: { connector, repo: "embedded:nano", device: "cpu" },
      messages: [{ role: "user", content: [{ type: "audio", path, ...(transcript === undefined ? {} : { transcript }) }] }],
      explain: how,
      run: { threads: 1 },
    },
    folder,
  );
}

let model: Model;

beforeAll(async () => {
  model = await loadModel(await requestFor({}));
});

afterAll(async () => {
  await model.dispose();
});

describe("a clip with a transcript", () => {
  test("has its words as players, in time and with the aligner's confidence; files and aligner are recorded", async () => {
    const { players, inputs, aligner, chat } = await readConversation(await requestFor({ transcript: SAID }), model, {});
    expect(players.map(({ text }) => text)).toEqual(SAID.split(" "));
    expect(players.every(({ kind, tokens }) => kind === "word" && tokens.length === 1)).toBe(true);
    for (const [i, { startS, endS, confidence }] of players.entries()) {
      expect(endS as number).toBeGreaterThan(startS as number);
      if (i > 0) expect(startS as number).toBeGreaterThanOrEqual(players[i - 1]?.endS as number);
      expect(confidence).toBe(chat.tokenConfidences?.[players[i]?.tokens[0] as number]);
      expect(confidence as number).toBeGreaterThan(0);
      expect(confidence as number).toBeLessThanOrEqual(1);
    }
    expect(inputs).toEqual([
      { path: CLIP, sha256: "78511b1278b714b7d9085d1795ffbc4eb889b9beaad19e223d579be0309619cd", seconds: 38_624 / 16_000, decoder: "wav" },
    ]);
    expect(aligner?.repo).toBe("embedded:nano-ctc");
    expect(Object.keys(aligner?.sha256 ?? {})).toContain("onnx/model.onnx");
  });

  test("whose players are segments is not aligned, and says so", async () => {
    const events: RunEvent[] = [];
    const request = await requestFor({ transcript: SAID, explain: { players: "segment" } });
    const { players, aligner } = await readConversation(request, model, { onEvent: (event) => events.push(event) });
    expect(players.every(({ kind, text, confidence }) => kind === "segment" && text === "" && confidence === null)).toBe(true);
    expect(aligner).toBeNull();
    expect(events).toContainEqual({ kind: "log", message: `${CLIP}: its transcript is not used, as players.audio is segment` });
  });

  test("that cannot be said in it is refused by name", async () => {
    const request = await requestFor({ transcript: `${SAID} `.repeat(40) });
    await expect(readConversation(request, model, {})).rejects.toThrow(/^configs\/audio\/kitchen-light\.wav: /);
  });
});

test("a clip without a transcript has segments of the length asked for", async () => {
  const { players } = await readConversation(await requestFor({ explain: { players: { segment_seconds: 0.5 } } }), model, {});
  expect(players).toHaveLength(5);
  expect(players.every(({ kind }) => kind === "segment")).toBe(true);
});

test.each(["silence", "embedding", "drop-original"] as const)("audio_masking %s reaches the chat", async (masking) => {
  const { chat } = await readConversation(await requestFor({ explain: { audio_masking: masking } }), model, {});
  expect((chat as LiquidAudioChat).audioMasking).toBe(masking);
});

test("audio_masking model leaves the choice to the model", async () => {
  const { chat } = await readConversation(await requestFor({}), model, {});
  expect((chat as LiquidAudioChat).audioMasking).toBe((model.getNewChat() as LiquidAudioChat).audioMasking);
});

test("a text model refuses audio in one line", async () => {
  const request = await requestFor({ connector: "transformers-text" });
  const text = await loadModel(request);
  await expect(readConversation(request, text, {})).rejects.toThrow(
    "message 1 (user) has audio, but this model takes text only: use a model that hears (`mllm-shap models` lists the connectors)",
  );
  await text.dispose();
});

describe("files that are no sound are named", () => {
  test.each([
    ["a text", "hello, I am a text", /^clip\.wav: not an audio file: it is text that begins with "hello/],
    ["nothing", "", /clip\.wav: the audio file is empty \(0 bytes\)$/],
  ])("%s", async (_, content, says) => {
    const folder = newFolder();
    writeFileSync(join(folder, "clip.wav"), content);
    await expect(readConversation(await requestFor({ path: "clip.wav", folder }), model, {})).rejects.toThrow(says);
  });

  test("a file that went away", async () => {
    const request = await requestFor({});
    const paths = { ...request.paths, audio: new Map([[CLIP, "/nowhere.wav"]]) };
    await expect(readMessages(request.spec.messages ?? [], { ...request, paths }, {})).rejects.toThrow("/nowhere.wav: no such file");
  });
});

test("other formats are decoded by the ffmpeg that is named", async () => {
  const folder = newFolder();
  cpSync(join(root, "fixtures/audio/speech.wma"), join(folder, "clip.wma"));
  const ffmpeg = fakeFfmpeg(`cp '${join(root, "fixtures/audio/speech.wav")}' "$out"`);
  const { inputs } = await readConversation(await requestFor({ path: "clip.wma", folder }), model, { ffmpegPath: ffmpeg.path });
  expect(inputs).toMatchObject([{ path: "clip.wma", decoder: "ffmpeg" }]);
  expect(ffmpeg.seen()).not.toEqual([]);
});

test("spoken words that decide outweigh the others; a phrase is found in what is said; the answer is told before it is explained", async () => {
  const answers: string[] = [];
  const groups = [{ name: "politeness", phrase: "could you please" }];
  const request = await requestFor({ transcript: SAID, explain: { audio_masking: "silence", groups } });
  const result = await explain(request, { model, onAnswer: async ({ text }) => void answers.push(text) });
  expect(answers).toEqual(["turning on the kitchen light"]);
  const ranked = result.players.toSorted((a, b) => b.value - a.value).map(({ text }) => text);
  expect(result.players.map(({ text }) => text)).toEqual(["politeness", "turn", "on", "the", "kitchen", "light"]);
  expect(ranked.slice(0, 3).sort()).toEqual(["kitchen", "light", "on"]);
  expect(result.inputs).toHaveLength(1);
  expect(result.aligner?.repo).toBe("embedded:nano-ctc");
});
