import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DECODE_LIMITS } from "../src/audio/files/limits.js";
import { readAudioFile } from "../src/audio/files/read_file.js";
import { readWav } from "../src/audio/files/wav_read.js";
import type { Model } from "../src/connectors/types.js";
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
/** Short ones of one voice each; scripts/spoken-truth.mjs takes all. */
const SHORT = [
  ...new Map(utterances.filter(({ words, voice }) => words.length === 5 && voice.startsWith("espeak")).map((u) => [u.voice, u])).values(),
];

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

describe("explanations of speech", () => {
  let model: Model;
  const specOf = (utterance: Utterance): SpecInput => ({
    model: { connector: "liquid-audio", repo: "embedded:nano", device: "cpu" },
    messages: [{ role: "user", content: [{ type: "audio", path: audioOf(utterance), transcript: utterance.text }] }],
    explain: { audio_masking: "silence" },
    run: { threads: 1 },
  });

  beforeAll(async () => {
    model = await loadModel(await requestOf(specOf(utterances[0] as Utterance), FIXTURES));
  });
  afterAll(async () => await model.dispose());

  it.each(SHORT)('$id: a deciding word of "$text" comes first, as $voice says it', async (utterance) => {
    const { players, response } = await explain(await requestOf(specOf(utterance), FIXTURES), { model });
    expect(response.text).toBe(utterance.answer);
    const best = players.toSorted((a, b) => b.value - a.value)[0];
    expect(utterance.decides[best?.index ?? -1]).toBe(true);
    for (const [i, { start_s: start, end_s: end }] of players.entries()) {
      const word = utterance.words[i] as Utterance["words"][number];
      expect(Math.abs((start as number) - word.start), `start of ${word.text}`).toBeLessThan(0.15);
      expect(Math.abs((end as number) - word.end), `end of ${word.text}`).toBeLessThan(0.15);
    }
  });
});
