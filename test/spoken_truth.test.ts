import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DECODE_LIMITS } from "../src/audio/files/limits.js";
import { readAudioFile } from "../src/audio/files/read_file.js";
import { readWav } from "../src/audio/files/wav_read.js";
import type { SpeechFacts } from "../src/connectors/speech/facts.js";
import { loadSpeech } from "../src/connectors/speech/load.js";
import { FAMILIES } from "../src/connectors/speech/registry.js";
import type { Model } from "../src/connectors/types.js";
import type { Result } from "../src/results/result_schema.js";
import { requestOf } from "../src/spec/load.js";
import type { SpecInput } from "../src/spec/schema.js";
import { explain } from "../src/tasks/explain.js";
import { loadModel } from "../src/tasks/load_model.js";

const FIXTURES = fileURLToPath(new URL("../fixtures", import.meta.url));

interface Utterance {
  readonly id: string;
  /** From the folder of conversations. */
  readonly audio: string;
  readonly seconds: number;
  readonly voice: string;
  readonly text: string;
  readonly answer: string;
  readonly words: readonly { readonly text: string; readonly start: number; readonly end: number }[];
  readonly decides: readonly boolean[];
  readonly masked: readonly { readonly kind: string; readonly keep: readonly number[]; readonly answer: string }[];
}
const { utterances } = JSON.parse(readFileSync(join(FIXTURES, "conversations/nano-spoken.json"), "utf8")) as { utterances: Utterance[] };
const SHORT = utterances.filter(({ words }) => words.length === 5);
/** One of each voice; scripts/spoken-truth.mjs takes all. */
const ONE_EACH = [...new Map(SHORT.filter(({ voice }) => voice.startsWith("espeak")).map((u) => [u.voice, u])).values()];

/** Lengths of features that go into the encoder at once: Ultravox stacks four positions here where the usual ones stack eight, Voxtral has whole chunks alone. */
const FRAMES = { ultravox: [8, 9, 64, 100], voxtral: [3_000] };

const audioOf = ({ audio }: Utterance): string => join("conversations", audio);

describe("the held-out utterances", () => {
  it("say in time what they say: one word after the other, inside the clip", async () => {
    for (const utterance of utterances) {
      const { samples, sampleRate } = readWav(await readAudioFile(join(FIXTURES, audioOf(utterance))), DECODE_LIMITS);
      expect(sampleRate).toBe(16_000);
      expect(samples.length / sampleRate).toBeCloseTo(utterance.seconds, 3);
      expect(utterance.words.map(({ text }) => text).join(" ")).toBe(utterance.text);
      const edges = utterance.words.flatMap(({ start, end }) => [start, end]);
      expect(edges).toEqual(edges.toSorted((a, b) => a - b));
      expect(edges.at(-1) as number).toBeLessThanOrEqual(utterance.seconds);
    }
  });

  it("know the right answer without each deciding word, which is another one", () => {
    for (const { words, decides, masked, answer } of utterances) {
      const removed = masked.filter(({ kind }) => kind === "one-removed");
      expect(removed).toHaveLength(decides.filter(Boolean).length);
      for (const { keep, answer: other } of removed) {
        const gone = words.findIndex((_, i) => !keep.includes(i));
        expect(keep).toHaveLength(words.length - 1);
        expect(decides[gone]).toBe(true);
        expect(other).not.toBe(answer);
      }
    }
  });
});

/** What explaining an utterance gives. */
async function explained(model: Model, spec: SpecInput): Promise<ResultPlayers> {
  const { players, response } = await explain(await requestOf(spec, FIXTURES), { model });
  return { players, answer: response.text };
}

interface ResultPlayers {
  readonly players: Result["players"];
  readonly answer: string;
}

const specOf = (utterance: Utterance, repo: string): SpecInput => ({
  model: { repo, device: "cpu" },
  messages: [{ role: "user", content: [{ type: "audio", path: audioOf(utterance), transcript: utterance.text }] }],
  explain: { audio_masking: "silence" },
  run: { threads: 1 },
});
const decidingFirst = ({ decides }: Utterance, { players }: ResultPlayers): boolean =>
  decides[players.toSorted((a, b) => b.value - a.value)[0]?.index ?? -1] === true;

describe("explanations of speech", () => {
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(await requestOf(specOf(utterances[0] as Utterance, "embedded:nano"), FIXTURES));
  });
  afterAll(async () => await model.dispose());

  it.each(ONE_EACH)('$id: a deciding word of "$text" comes first, as $voice says it', async (utterance) => {
    const told = await explained(model, specOf(utterance, "embedded:nano"));
    expect(told.answer).toBe(utterance.answer);
    expect(decidingFirst(utterance, told)).toBe(true);
    for (const [i, { start_s: start, end_s: end }] of told.players.entries()) {
      const word = utterance.words[i] as Utterance["words"][number];
      expect(Math.abs((start as number) - word.start), `start of ${word.text}`).toBeLessThan(0.15);
      expect(Math.abs((end as number) - word.end), `end of ${word.text}`).toBeLessThan(0.15);
    }
  });
});

describe.each([
  { family: "ultravox", repo: "nano-ultravox", weights: "the same weights" },
  { family: "voxtral", repo: "nano-voxtral", weights: "weights that were taught to hear through 375 rows a clip" },
] as const)("explanations of speech in the layout of $family, by $weights", ({ family, repo }) => {
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(await requestOf(specOf(utterances[0] as Utterance, repo), FIXTURES));
  });
  afterAll(async () => await model.dispose());

  it("a deciding word comes first in nine of ten commands at least, with the right answer", { timeout: 240_000 }, async () => {
    const ten = SHORT.slice(0, 10);
    expect(ten).toHaveLength(10);
    let first = 0;
    let answered = 0;
    for (const utterance of ten) {
      const told = await explained(model, specOf(utterance, repo));
      answered += told.answer === utterance.answer ? 1 : 0;
      first += decidingFirst(utterance, told) ? 1 : 0;
    }
    expect(answered).toBeGreaterThanOrEqual(9);
    expect(first).toBeGreaterThanOrEqual(9);
  });

  it("its audio tokens are the rows of its encoder: of 80 ms, and as many as the family makes of the frames", async () => {
    const { encoderInput, encoder, engine } = await loadSpeech(FAMILIES[family].facts as SpeechFacts, {
      config: { repoId: join(FIXTURES, repo) },
      device: "cpu",
      threads: 1,
    });
    try {
      expect(encoderInput.framesPerToken).toBe(8);
      for (const frames of FRAMES[family]) expect(await (await encoder.get()).rowsFor(frames, 128)).toBe(encoderInput.rowsOf(frames));
    } finally {
      await engine.release();
      await (await encoder.peek())?.release();
    }
  });
});
