import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ModalityFlag, ModelHistoryTrackingMode } from "../../../../../src/chat/enums.js";
import type { ModelResponse } from "../../../../../src/chat/model_response.js";
import type { LiquidAudioChat } from "../../../../../src/connectors/speech/families/lfm2/chat.js";
import { LiquidAudio } from "../../../../../src/connectors/speech/families/lfm2/model.js";
import type { LoadOptions } from "../../../../../src/connectors/types.js";
import type { RunEvent } from "../../../../../src/events.js";
import { createRng } from "../../../../../src/random.js";
import { type FolderLayout, writeLiquidFolder } from "../../../../support/liquid_folder.js";

const SPEECH = readFileSync(new URL("../../../../../fixtures/audio/speech.flac", import.meta.url));

const load = (folder: string, options: Partial<LoadOptions> = {}): Promise<LiquidAudio> =>
  LiquidAudio.load({
    config: { repoId: folder },
    device: "cpu",
    threads: 1,
    historyTrackingMode: ModelHistoryTrackingMode.TEXT_AUDIO,
    ...options,
  });

/** The same conversation, whole and masked. */
async function chatsOf(model: LiquidAudio): Promise<readonly LiquidAudioChat[]> {
  const chat = await model.buildChat([
    { role: "system", content: [{ kind: "text", text: "Respond with interleaved text and audio." }] },
    {
      role: "user",
      content: [
        { kind: "text", text: "what did I say" },
        { kind: "audio", bytes: SPEECH, format: "flac", transcript: null },
      ],
    },
  ]);
  const rng = createRng(1);
  const masked = Array.from({ length: 4 }, () => chat.withPlayers(Uint8Array.from({ length: chat.playersNum }, () => rng.int(2))));
  return [...(masked as unknown as LiquidAudioChat[]), chat];
}

interface Outcome {
  readonly answers: readonly (readonly [string, readonly number[], readonly number[]])[];
  readonly scores: readonly Float64Array[];
}

async function outcome(model: LiquidAudio): Promise<Outcome> {
  const chats = await chatsOf(model);
  const responses = await model.generateBatch(chats, { maxNewTokens: 24 });
  const scores = await model.score(chats, responses.at(-1) as ModelResponse);
  const answers = responses.map(
    ({ generatedModalityFlag: flags, generatedTextTokens: ids, generatedAudioTokens: audio }) =>
      [flags.map((flag) => (flag === ModalityFlag.TEXT ? "T" : "A")).join(""), [...ids], [...audio.codes]] as const,
  );
  return { answers, scores };
}

const LAYOUTS: Readonly<Record<string, FolderLayout>> = {
  "weights in two data files": { sharded: true },
  "bfloat16 table": { text: "bfloat16" },
  "float16 table": { text: "float16" },
  ".npy table": { text: "npy" },
  "embeddings.onnx of onnxruntime-genai": { text: "graph", audio: "graph" },
  "depthformer A": { depth: { signature: "A" } },
  "depthformer B": { depth: { signature: "B" } },
  "depthformer B, new positions only": { depth: { signature: "B", newOnly: true } },
  "depthformer C": { depth: { signature: "B" }, depthFolder: true },
  "depthformer D": { depth: { signature: "current", tokenId: true } },
};

test("every layout gives the answers and scores of the plain one", async () => {
  const plain = await load(writeLiquidFolder());
  const wanted = await outcome(plain);
  await plain.dispose();
  expect(wanted.answers.at(-1)?.[0]).toBe("TTTTTTAAAAAAAAAAAATTTTTT");
  expect(new Set(wanted.answers.map(([, ids]) => ids.join())).size).toBe(5);
  expect(wanted.scores.at(-1)?.every((score) => score < 0)).toBe(true);
  for (const [name, layout] of Object.entries(LAYOUTS)) {
    const model = await load(writeLiquidFolder(layout));
    const got = await outcome(model);
    await model.dispose();
    expect([name, got.answers]).toEqual([name, wanted.answers]);
    got.scores.forEach((row, i) => {
      row.forEach((score, t) => {
        expect(score).toBeCloseTo(wanted.scores[i]?.[t] as number, 3);
      });
    });
  }
}, 120_000);

test("the Japanese variant: no model_type, nine frames between texts", async () => {
  const config = { architectures: ["Lfm2AudioForConditionalGeneration"], interleaved_n_text: 6, interleaved_n_audio: 9 };
  const model = await load(writeLiquidFolder({ config }));
  expect((await outcome(model)).answers.at(-1)?.[0]).toBe("TTTTTTAAAAAAAAATTTTTTAAA");
  await model.dispose();
});

test("float16 caches, inputs and outputs, and attention that takes one row where it takes several tokens: batches answer as single rows", async () => {
  const layouts: readonly FolderLayout[] = [
    { decoder: { layers: ["attention", "conv"], halfCaches: true } },
    { decoder: { layers: ["gqa", "conv", "gqa"] } },
    { half: true },
  ];
  for (const layout of layouts) {
    const folder = writeLiquidFolder(layout);
    const [fast, plain] = [await load(folder), await load(folder, { batchSize: 1 })];
    const { answers } = await outcome(fast);
    expect(answers).toEqual((await outcome(plain)).answers);
    expect(new Set(answers.map(([, ids]) => ids.join())).size).toBeGreaterThan(2);
    await fast.dispose();
    await plain.dispose();
  }
});

test("a precision for all falls back where a part lacks it, and says so; a part's own must be there", async () => {
  const folder = writeLiquidFolder({ suffix: "_q4", withoutSuffix: ["audio_encoder", "audio_detokenizer"] });
  const events: RunEvent[] = [];
  const model = await load(folder, { dtype: "q4", onEvent: (event) => events.push(event) });
  expect(model.identity.dtype).toBe("decoder q4, audio_encoder fp32, vocoder_depthformer q4, audio_detokenizer fp32");
  expect(events).toContainEqual({ kind: "log", message: "there is no audio_encoder in q4: onnx/audio_encoder.onnx is used" });
  expect(Object.keys(model.identity.sha256)).toContain("onnx/decoder_q4.onnx");
  await model.dispose();
  const map = await load(folder, { dtype: { decoder: "q4", vocoder_depthformer: "q4" } });
  expect(map.identity.dtype).toBe(model.identity.dtype);
  await map.dispose();
  await expect(load(folder)).rejects.toThrow(/no decoder graph of dtype fp32; valid here: q4/);
  await expect(load(folder, { dtype: { decoder: "q4", audio_encoder: "q8" } })).rejects.toThrow(
    /no audio_encoder graph of dtype q8; valid here: fp32/,
  );
  await expect(load(folder, { dtype: { encoder: "q4" } })).rejects.toThrow(/no component "encoder".*audio_encoder/);
});

test("a model without the parts for speech reads and hears, and says what it lacks when it is to speak", async () => {
  const folder = writeLiquidFolder({ audio: "none", depth: "none", detokenizer: false });
  const mute = await load(folder, { historyTrackingMode: ModelHistoryTrackingMode.TEXT });
  const chats = await chatsOf(mute);
  expect((await mute.generate(chats.at(-1) as LiquidAudioChat, { maxNewTokens: 5 })).generatedTextTokens.length).toBe(5);
  const frame = { frames: 1, codebooks: 8, codes: new Int32Array(8) };
  await expect(mute.decodeCodes(frame, 24_000, "wav")).rejects.toThrow(/has no audio_detokenizer, which speech takes/);
  await mute.dispose();
  const speaker = await load(folder);
  await expect(speaker.generate(chats.at(-1) as LiquidAudioChat)).rejects.toThrow(/has no vocoder_depthformer, which speech takes/);
  await speaker.dispose();
});

test("damaged folders are refused in one line", async () => {
  const short = writeLiquidFolder();
  truncateSync(join(short, "onnx/embed_tokens.bin"), 1_000);
  await expect(load(short)).rejects.toThrow(/embed_tokens\.bin has 1000 bytes, but 855 rows of 16 × float32 take 54720/);
  const odd = writeLiquidFolder();
  writeFileSync(join(odd, "onnx/embed_tokens.json"), JSON.stringify({ vocab_size: 855, hidden_size: 16, dtype: "int8" }));
  await expect(load(odd)).rejects.toThrow(/numbers of type int8 cannot be read: valid are float32, float16, bfloat16/);
  const none = writeLiquidFolder();
  rmSync(join(none, "onnx/embed_tokens.json"));
  await expect(load(none)).rejects.toThrow(/has no token embeddings: embed_tokens\.bin/);
  const frontEnd = writeLiquidFolder({ config: { preprocessor: { normalize: "all_features" } } });
  await expect(load(frontEnd)).rejects.toThrow(/config\.json is not understood: preprocessor\.normalize/);
  const foreign = writeLiquidFolder();
  const tokenizer = readFileSync(join(foreign, "tokenizer.json"), "utf8");
  writeFileSync(join(foreign, "tokenizer.json"), tokenizer.replaceAll("<|audio_start|>", "<|sound_start|>"));
  await expect(load(foreign)).rejects.toThrow(/no token <\|audio_start\|>.*another model/);
});

test("how clips are masked is the caller's word, else the configuration's, else dropping", async () => {
  const told = await load(writeLiquidFolder({ config: { mllm_shap: { audio_masking: "silence" } } }));
  expect(told.getNewChat().audioMasking).toBe("silence");
  expect(told.getNewChat({ audioMasking: "embedding" }).audioMasking).toBe("embedding");
  await told.dispose();
  const untold = await load(writeLiquidFolder());
  expect(untold.getNewChat().audioMasking).toBe("drop");
  await untold.dispose();
});
