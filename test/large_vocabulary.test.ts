import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { ModelResponse } from "../src/connectors/base/model_response.js";
import type { Chat, Model } from "../src/connectors/base/types.js";
import { ModalityFlag, ModelHistoryTrackingMode } from "../src/connectors/enums.js";
import type { LiquidAudioChat } from "../src/connectors/liquid/chat.js";
import { LiquidAudio } from "../src/connectors/liquid/model.js";
import type { TransformersTextChat } from "../src/connectors/transformers_text/chat.js";
import { TransformersCausalText } from "../src/connectors/transformers_text/model.js";
import { explain } from "../src/explain.js";
import type { Result } from "../src/report/result_schema.js";
import { requestOf, STRICT } from "../src/spec/load.js";
import { run } from "./cli/run.js";
import type { DecoderShape } from "./support/decoder_shape.js";
import { writeLiquidFolder } from "./support/liquid_folder.js";
import { naiveGreedy, naiveScores } from "./support/naive_decoding.js";
import { NaiveLiquid } from "./support/naive_liquid.js";
import { writeTextFolder } from "./support/text_folder.js";

/** LFM2.5-Audio and LFM2; Qwen2 and Qwen3; Gemma 3. */
const VOCABULARIES = [65_536, 151_936, 262_144];
/** More arguments than fit on the stack: nothing below has been met by a smaller model. */
const RARE = 70_000;
const SPEECH = readFileSync(new URL("../fixtures/audio/speech.flac", import.meta.url));
const QUESTION = "please turn on the light";

const textShape = (vocabulary: number): DecoderShape => ({
  vocabulary,
  hidden: 16,
  heads: 2,
  headDim: 8,
  mlp: 0,
  layers: ["attention", "gqa", "conv"],
  positionIds: true,
});

/** The whole chat and two parts of it. */
const parts = (chat: Chat): readonly Chat[] =>
  [() => 1, (i: number) => i % 2, (i: number) => (i + 1) % 2].map((keeps) =>
    chat.withPlayers(Uint8Array.from({ length: chat.playersNum }, (_, i) => keeps(i))),
  );

const explained = async (folder: string, payoff: "likelihood" | "tfidf"): Promise<Result> =>
  await explain(
    await requestOf(
      {
        model: { connector: "transformers-text", repo: folder, device: "cpu" },
        messages: [{ role: "user", content: QUESTION }],
        generation: { max_new_tokens: 4 },
        explain: { players: "word", payoff: { kind: payoff } },
      },
      folder,
      { policy: { ...STRICT, allowOutside: true } },
    ),
  );

describe.each(VOCABULARIES)("a vocabulary of %i", (vocabulary) => {
  test("text: answers and likelihoods are those of plain passes, and both payoffs are explained", async () => {
    const folder = writeTextFolder(textShape(vocabulary));
    const model = await TransformersCausalText.load({ config: { repoId: folder }, device: "cpu", threads: 1 });
    const chats = parts(await model.buildChat([{ role: "user", content: [{ kind: "text", text: QUESTION }] }]));
    const prompts = chats.map((chat) => (chat as TransformersTextChat).inputTokens);
    const answers = await model.generateBatch(chats, { maxNewTokens: 3 });
    const graph = join(folder, "onnx/model.onnx");
    const ids = answers.map(({ generatedTextTokens }) => [...generatedTextTokens]);
    expect(ids).toEqual(await naiveGreedy(graph, prompts, { steps: 3, endId: 7 }));
    expect(ids.flat().some((id) => id > Math.min(RARE, vocabulary / 2))).toBe(true);
    const target = answers[0] as ModelResponse;
    const scores = await model.score(chats, target);
    const wanted = await naiveScores(graph, prompts, target.generatedTextTokens);
    scores.forEach((row, i) => {
      row.forEach((score, t) => {
        expect(score).toBeCloseTo(wanted[i]?.[t] as number, 3);
      });
    });
    await model.dispose();
    for (const payoff of ["likelihood", "tfidf"] as const) {
      const { players, payoff: worth } = await explained(folder, payoff);
      expect(players).toHaveLength(5);
      expect(worth.sum_of_values).toBeCloseTo(worth.full - worth.empty, 6);
    }
  });

  test("LFM2-Audio: a clip is heard and answered, spoken too, and scored as plain passes score it", async () => {
    const folder = writeLiquidFolder({ vocabulary });
    const model = await LiquidAudio.load({
      config: { repoId: folder },
      device: "cpu",
      threads: 1,
      historyTrackingMode: ModelHistoryTrackingMode.TEXT_AUDIO,
    });
    const content = [{ kind: "audio", bytes: SPEECH, format: "flac", transcript: null } as const];
    const chats = parts(await (model as Model).buildChat([{ role: "user", content }]));
    const [answer] = (await model.generateBatch(chats, { maxNewTokens: 8 })) as [ModelResponse];
    expect(answer.generatedModalityFlag.filter((flag) => flag === ModalityFlag.AUDIO)).toHaveLength(2);
    const scores = await model.score(chats, answer);
    const naive = await NaiveLiquid.open(folder, 16);
    const { codes, codebooks } = answer.generatedAudioTokens;
    const frame = (i: number): readonly number[] => [...codes.subarray(i * codebooks, (i + 1) * codebooks)];
    const steps = [...answer.generatedTextTokens, frame(0), frame(1)];
    for (const [i, chat] of chats.entries()) {
      const wanted = await naive.scores((chat as unknown as LiquidAudioChat).promptParts(), steps);
      scores[i]?.forEach((score, t) => {
        expect(score).toBeCloseTo(wanted[t] as number, 3);
      });
    }
    await naive.release();
    await model.dispose();
  });
});

describe("the command line, with 262,144 words", () => {
  const folders = { text: "", liquid: "" };
  afterAll(() => expect(folders.text).not.toBe(""));

  test.each(["likelihood", "tfidf"])("explains typed words, payoff %s", async (payoff) => {
    folders.text = writeTextFolder(textShape(262_144));
    const args = ["--repo", ".", "--connector", "transformers-text", "--device", "cpu", "--max-new-tokens", "4"];
    const sets = ["--set", `messages.0.content=${QUESTION}`, "--set", "messages.0.role=user", "--set", "explain.players=word"];
    const spec = JSON.stringify({ model: {}, messages: [{}] });
    const { code, stderr, stdout } = await run(["explain", "-", ...args, ...sets, "--payoff", payoff], { cwd: folders.text, input: spec });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect((JSON.parse(stdout) as Result).players).toHaveLength(5);
  });
});
