import { cpSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { ChatMessage, MessageContent } from "../../../../src/chat/types.js";
import { checkModel } from "../../../../src/connectors/check_model.js";
import { findConnector } from "../../../../src/connectors/find_connector.js";
import { connectors, openModel } from "../../../../src/connectors/registry.js";
import { lfm2Audio } from "../../../../src/connectors/speech/families/lfm2/family.js";
import { lfm3Audio } from "../../../../src/connectors/speech/families/lfm3_audio.js";
import type { SpeechTextModel } from "../../../../src/connectors/speech/model.js";
import type { TemplatedSpeechChat } from "../../../../src/connectors/speech/templated_chat.js";
import type { LoadOptions } from "../../../../src/connectors/types.js";
import { temporaryFolder } from "../../../support/decoder_files.js";
import { maxDifference } from "../../../support/signals.js";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const FOLDER = join(ROOT, "fixtures/tiny/lfm3-audio");
const CLIP = readFileSync(join(ROOT, "configs/audio/kitchen-light.wav"));
const HEADER = 44;
const CLOSE = 1e-4;

/** As scripts/tiny-speech/lfm3_audio.py recorded it from torch; a part that is no text is samples [first, last) of the clip. */
interface Conversation {
  readonly messages: readonly (readonly ["system" | "user" | "assistant", readonly (string | readonly [number, number])[]])[];
  readonly direct: boolean;
  readonly ids: readonly number[];
  readonly rows: readonly number[];
  readonly answer: readonly number[];
  readonly log_probabilities: readonly number[];
}
const { conversations } = JSON.parse(readFileSync(join(ROOT, "test/truth/lfm3-audio.json"), "utf8")) as {
  readonly conversations: readonly Conversation[];
};

const open = async (more: Partial<LoadOptions> = {}): Promise<SpeechTextModel> =>
  (await openModel("auto", { config: { repoId: FOLDER }, device: "cpu", threads: 1, ...more })) as SpeechTextModel;

/** 16-bit samples [from, to) of the clip as a file. */
function cut(from: number, to: number): Uint8Array {
  const header = Buffer.from(CLIP.subarray(0, HEADER));
  header.writeUInt32LE(36 + 2 * (to - from), 4);
  header.writeUInt32LE(2 * (to - from), 40);
  return Buffer.concat([header, CLIP.subarray(HEADER + 2 * from, HEADER + 2 * to)]);
}

const contentOf = (part: string | readonly [number, number]): MessageContent =>
  typeof part === "string" ? { kind: "text", text: part } : { kind: "audio", bytes: cut(...part), format: "wav", transcript: null };
const messagesOf = ({ messages }: Conversation): readonly ChatMessage[] =>
  messages.map(([role, parts]) => ({ role, content: parts.map(contentOf) }));

/** The folder with its configuration changed. */
function changed(change: (config: Record<string, unknown>) => void): string {
  const folder = temporaryFolder();
  cpSync(FOLDER, folder, { recursive: true });
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as Record<string, unknown>;
  change(config);
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  return folder;
}

describe("LFM3-Audio", () => {
  let model: SpeechTextModel;
  beforeAll(async () => {
    model = await open();
  });
  afterAll(() => model.dispose());

  it.each(conversations.map((one) => [one.messages.map(([role, parts]) => `${role}: ${parts.join(" ")}`).join("; "), one] as const))(
    "%s: text alone, clips among texts, turns, with and without reasoning, as torch has it",
    async (_name, truth) => {
      const own = truth.direct ? await open({ templateKwargs: { enable_thinking: false } }) : model;
      if (truth.direct) onTestFinished(() => own.dispose());
      const chat = await own.buildChat(messagesOf(truth));
      const parts = chat.promptParts();
      expect(parts.flatMap((part) => (part.kind === "text" ? [...part.ids] : [own.processor.tokenToId("<|audio|>")]))).toEqual(truth.ids);
      expect(parts.flatMap((part) => (part.kind === "audio-in" ? [part.clip.take.length] : []))).toEqual(truth.rows);
      const answer = await own.generate(chat, { maxNewTokens: 8 });
      expect([...answer.generatedTextTokens]).toEqual(truth.answer);
      const given = own.encodeResponse("yes it is now");
      const [score] = await own.score([chat], answer);
      expect(maxDifference(score as Float64Array, truth.log_probabilities)).toBeLessThan(CLOSE);
      const [other] = await own.score([chat], given);
      expect(other?.every((value) => value < 0)).toBe(true);
    },
  );

  it("coalitions with another number of rows each, in one batch, are as each alone from its first token; a clip is encoded once a mask", async () => {
    const plain = await open({ batchSize: 1 });
    onTestFinished(() => plain.dispose());
    const [, , messages] = conversations.map(messagesOf);
    const [chat, same] = [await model.buildChat(messages ?? []), await plain.buildChat(messages ?? [])];
    const coalitions = Array.from({ length: 12 }, (_, i) =>
      Uint8Array.from({ length: chat.playersNum }, (_, player) => ((player * 7 + i * 5) % (i + 2) < 2 ? 1 : 0)),
    );
    const answer = model.encodeResponse("yes it is now");
    const got = await model.score(
      coalitions.map((kept) => chat.withPlayers(kept)),
      answer,
    );
    const alone = await plain.score(
      coalitions.map((kept) => same.withPlayers(kept)),
      answer,
    );
    got.forEach((row, i) => {
      expect(maxDifference(row, alone[i] ?? [])).toBeLessThan(1e-5);
    });
    expect(model.usage.plan).toContain("batches of equal length, shared prefix copied to every row");
    const encoded = new Set(
      coalitions.flatMap((kept) =>
        (chat.withPlayers(kept) as TemplatedSpeechChat).promptParts().flatMap((part) => (part.kind === "audio-in" ? [part.clip.key] : [])),
      ),
    );
    expect(encoded.size).toBeGreaterThan(4);
    const encodings = (): number => plain.usage.passes - plain.model.spent.passes;
    expect(encodings()).toBe(encoded.size);
    // The whole clips are among them.
    await plain.generate(same, { maxNewTokens: 2 });
    expect(encodings()).toBe(encoded.size);
  });

  it("never answers in what opens speech or stands for sound, however it is drawn", async () => {
    const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text: "what" }] }]);
    const drawn = new Set<number>();
    for (let seed = 0; seed < 3; seed++) {
      const modelConfig = { textTemperature: 1e6 };
      const answer = await model.generate(chat, { maxNewTokens: 400, seed, modelConfig });
      for (const id of answer.generatedTextTokens) drawn.add(id);
    }
    expect(drawn.size).toBeGreaterThan(150);
    for (const token of ["<|audio|>", "<|audio_out|>", "<|audio_start|>", "<|mixed_start|>"]) {
      expect(drawn.has(model.processor.tokenToId(token) ?? -1)).toBe(false);
    }
  });

  it("refuses what stands for sound in a text and in a given answer", async () => {
    for (const token of ["<|audio|>", "<|audio_out|>"]) {
      const message = { role: "user", content: [{ kind: "text", text: `say ${token}` }] } as const;
      await expect(model.buildChat([message])).rejects.toThrow(`has ${token} in its text, which stands for audio`);
      const chat = await model.buildChat([{ role: "user", content: [{ kind: "text", text: "say" }] }]);
      await expect(model.score([chat], model.encodeResponse(`no ${token} here`))).rejects.toThrow(
        "which stands for sound: write it otherwise",
      );
    }
  });

  it("embeddings of its answers are rows of its own table", async () => {
    const [matrix] = await model.getStaticEmbeddings([model.encodeResponse("yes yes")]);
    expect([matrix?.columns, matrix?.rows]).toEqual([32, model.encodeResponse("yes yes").generatedTextTokens.length]);
    expect(new Set(matrix?.data).size).toBeGreaterThan(30);
  });
});

describe("which models are LFM3-Audio's", () => {
  const find = async (repoId: string): Promise<string> => (await findConnector({ config: { repoId } }, connectors)).name;

  it("by its model_type, or its architecture where there is none", async () => {
    const paths = ["onnx/decoder.onnx", "onnx/audio_encoder.onnx"];
    const nameless = { architectures: ["Lfm3AudioForConditionalGeneration"] };
    expect(await find(FOLDER)).toBe("speech");
    expect(await find(changed((config) => delete config.model_type))).toBe("speech");
    for (const config of [{ model_type: "lfm3_audio" }, nameless]) {
      expect([lfm3Audio.recognises({ paths, config }), lfm2Audio.recognises({ paths, config })]).toEqual([true, false]);
    }
  });

  it("LFM2.5-Audio states an architecture, or nothing at all", () => {
    const paths = ["onnx/decoder_q4.onnx", "onnx/audio_encoder.onnx"];
    for (const config of [{}, { architectures: ["Lfm2AudioForConditionalGeneration"], interleaved_n_audio: 9 }]) {
      expect([lfm3Audio.recognises({ paths, config }), lfm2Audio.recognises({ paths, config })]).toEqual([false, true]);
    }
  });
});

it("a precision for all is the decoder's: the encoder has it or is taken in fp32, and components go by their graphs' names", async () => {
  const folder = changed(() => undefined);
  renameSync(join(folder, "onnx/decoder.onnx"), join(folder, "onnx/decoder_q8f16.onnx"));
  const config = { repoId: folder };
  for (const dtype of ["q8f16", { decoder: "q8f16" }] as const) {
    const model = await open({ config, dtype });
    expect(model.identity.dtype).toBe("decoder q8f16, audio_encoder fp32");
    await model.dispose();
  }
  await expect(open({ config })).rejects.toThrow(/has no decoder graph of dtype fp32; valid here: q8f16/);
  await expect(open({ config, dtype: { embed_tokens: "q4" } })).rejects.toThrow(
    /no component "embed_tokens" to give a precision: valid are decoder, audio_encoder/,
  );
});

describe("what does not fit", () => {
  const check = async (repoId: string) => await checkModel({ config: { repoId }, device: "cpu", threads: 1 }, null);

  it("a graph whose input has no known role: one line with its name and shape, and all inputs and outputs in `models check`", async () => {
    const folder = changed(() => undefined);
    const path = join(folder, "onnx/decoder.onnx");
    // Another name of as many letters.
    writeFileSync(path, Buffer.from(readFileSync(path).toString("latin1").replaceAll("audio_out_codes", "speaker_vectors"), "latin1"));
    const refusal =
      /onnx\/decoder\.onnx: the role of input `speaker_vectors` \(int64 \[s73, 12\]\) is not known; `mllm-shap models check` prints all its inputs and outputs$/;
    await expect(open({ config: { repoId: folder } })).rejects.toThrow(refusal);
    const rows = await check(folder);
    expect(rows.find(({ status }) => status === "failed")?.detail).toMatch(refusal);
    const told = rows.filter(({ check: name }) => /^decoder: (input|output)$/.test(name)).map(({ found }) => found);
    expect(told).toEqual(
      expect.arrayContaining(["audio_features: float32 [s18, 32]", "past_conv.0: float32 [s39, 32, 7]", "logits: float32 [s39, s70, 467]"]),
    );
  });

  it("a front end of another number of bins than the encoder has", async () => {
    const folder = changed((config) => {
      config.preprocessor = { n_mels: 80 };
    });
    const failed = (await check(folder)).find(({ status }) => status === "failed");
    expect(failed?.detail).toMatch(/no axis of `input_features` \[s6, 128, s75\] has the 80 mel bins of the configured front end/);
  });

  it("a configuration of another decoder", async () => {
    const folder = changed((config) => {
      config.lfm = { vocab_size: 9 };
    });
    await expect(open({ config: { repoId: folder } })).rejects.toThrow(/is that of another model: it says vocabulary 9, the graph has 467/);
  });
});
