import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ModalityFlag, ModelHistoryTrackingMode } from "../src/chat/enums.js";
import type { ModelResponse } from "../src/chat/model_response.js";
import type { Chat } from "../src/chat/types.js";
import type { TransformersTextChat } from "../src/connectors/causal_text/chat.js";
import { TransformersCausalText } from "../src/connectors/causal_text/model.js";
import type { LiquidAudioChat } from "../src/connectors/speech/families/lfm2/chat.js";
import { LiquidAudio } from "../src/connectors/speech/families/lfm2/model.js";
import type { Model } from "../src/connectors/types.js";
import type { Result } from "../src/results/result_schema.js";
import { requestOf, STRICT } from "../src/spec/load.js";
import type { SpecInput } from "../src/spec/schema.js";
import { explain } from "../src/tasks/explain.js";
import { run } from "./cli/run.js";
import type { DecoderShape } from "./support/decoder_shape.js";
import { writeLiquidFolder } from "./support/liquid_folder.js";
import { naiveGreedy, naiveScores } from "./support/naive_decoding.js";
import { NaiveLiquid } from "./support/naive_liquid.js";
import { writeWideTextFolder } from "./support/wide_text_folder.js";

/** LFM2.5-Audio and LFM2; Qwen2 and Qwen3; Gemma 3. */
const VOCABULARIES = [65_536, 151_936, 262_144];
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
  [() => 1, (i: number) => i % 2, (i: number) => (i + 1) % 2].map((keeps) => {
    const { players, masked } = chat.playable();
    return masked(Uint8Array.from({ length: players }, (_, i) => keeps(i)));
  });

const specOf = (repo: string, payoff: "likelihood" | "tfidf"): SpecInput => ({
  model: { connector: "transformers-text", repo, device: "cpu" },
  messages: [{ role: "user", content: QUESTION }],
  generation: { max_new_tokens: 3 },
  explain: { players: "word", payoff: { kind: payoff } },
});

function checkValues({ players, payoff }: Result): void {
  expect(players).toHaveLength(5);
  expect(payoff.full).not.toBe(payoff.empty);
  expect(payoff.sum_of_values).toBeCloseTo(payoff.full - payoff.empty, 6);
}

describe.each(VOCABULARIES)("a vocabulary of %i", (vocabulary) => {
  test("text: answers and likelihoods are those of plain passes, and both payoffs are explained", async () => {
    const folder = writeWideTextFolder(textShape(vocabulary));
    const model = await TransformersCausalText.load({ config: { repoId: folder }, device: "cpu", threads: 1 });
    const chats = parts(await model.buildChat([{ role: "user", content: [{ kind: "text", text: QUESTION }] }]));
    const prompts = chats.map((chat) => (chat as TransformersTextChat).inputTokens);
    const answers = await model.generateBatch(chats, { maxNewTokens: 3 });
    const graph = join(folder, "onnx/model.onnx");
    const ids = answers.map(({ generatedTextTokens }) => [...generatedTextTokens]);
    expect(ids).toEqual(await naiveGreedy(graph, prompts, { steps: 3, endId: 7 }));
    // The last word of all, and others that no smaller model has.
    const generatedTextTokens = Int32Array.of(vocabulary - 1, vocabulary >> 1, 65_000);
    const target = { ...(answers[0] as ModelResponse), generatedTextTokens };
    const scores = await model.score(chats, target);
    const wanted = await naiveScores(graph, prompts, target.generatedTextTokens);
    scores.forEach((row, i) => {
      row.forEach((score, t) => {
        expect(score).toBeCloseTo(wanted[i]?.[t] as number, 3);
      });
    });
    for (const payoff of ["likelihood", "tfidf"] as const) {
      const request = await requestOf(specOf(folder, payoff), folder, { policy: { ...STRICT, allowOutside: true } });
      checkValues(await explain(request, { model }));
    }
    await model.dispose();
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

test("the command line explains with 262,144 words, likelihoods and answers", async () => {
  const folder = writeWideTextFolder(textShape(262_144));
  const payoffs = ["likelihood", "tfidf"] as const;
  for (const payoff of payoffs) writeFileSync(join(folder, `${payoff}.json`), JSON.stringify(specOf(".", payoff)));
  const args = ["explain", "-q", "--format", "jsonl", ...payoffs.map((payoff) => `${payoff}.json`)];
  const { code, stderr, stdout } = await run(args, { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const results = stdout.trimEnd().split("\n");
  expect(results).toHaveLength(2);
  for (const result of results) checkValues(JSON.parse(result) as Result);
});
