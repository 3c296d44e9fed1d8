import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SpectrogramGuidedAligner } from "../../src/alignment/aligner.js";
import { type ToneModel, toneModelFolder, toneSpeech } from "../support/ctc_model.js";

const UPPER = { "<pad>": 0, "|": 1, A: 2, B: 3, C: 4 };
/** "ab" from 0.2 s to 0.6 s, "ca" from 1.0 s to 1.4 s, the separator's tone in between, quiet around. */
const WAVE = toneSpeech([
  [0, 0.2],
  [2, 0.2],
  [3, 0.2],
  [0, 0.1],
  [1, 0.2],
  [0, 0.1],
  [4, 0.2],
  [2, 0.2],
  [0, 0.2],
]);

async function align(model: ToneModel, waveform = WAVE, transcript = "Ab ca"): Promise<readonly (readonly number[])[]> {
  const modelName = toneModelFolder(model);
  const aligner = new SpectrogramGuidedAligner({ modelName, threads: 1, boundaryRule: "none" });
  try {
    return (await aligner.align({ waveform }, transcript)).map(({ startTime, endTime }) => [startTime, endTime]);
  } finally {
    await aligner.dispose();
    rmSync(modelName, { recursive: true });
  }
}

function expectTimes(times: readonly (readonly number[])[]): void {
  [
    [0.2, 0.6],
    [1, 1.4],
  ].forEach(([start, end], i) => {
    expect(Math.abs((times[i]?.[0] ?? 9) - (start as number))).toBeLessThan(0.05);
    // Without the boundary rule a word's end is sought half-way to the separator.
    expect(Math.abs((times[i]?.[1] ?? 9) - (end as number))).toBeLessThan(0.12);
  });
}

describe("acoustic models in wav2vec2's layout", () => {
  it("hears what the letters are", async () => expectTimes(await align({ vocab: UPPER })));
  it("feeds an attention mask where the graph declares one", async () => expectTimes(await align({ vocab: UPPER, attentionMask: true })));
  it("reads float16 logits", async () => expectTimes(await align({ vocab: UPPER, halfLogits: true })));
  it("measures a graph that pads", async () => expectTimes(await align({ vocab: UPPER, padding: 160 })));

  it("reads lower-case vocabularies with another blank and another separator", async () => {
    expectTimes(await align({ vocab: { "[PAD]": 0, "/": 1, a: 2, b: 3, c: 4 }, padToken: "[PAD]", wordDelimiter: "/" }));
  });

  it("does without a separator", async () => {
    const wave = toneSpeech([
      [0, 0.2],
      [2, 0.2],
      [3, 0.2],
      [0, 0.4],
      [4, 0.2],
      [2, 0.2],
      [0, 0.2],
    ]);
    const times = await align({ vocab: { "<pad>": 0, "<s>": 1, a: 2, b: 3, c: 4 }, wordDelimiter: "none" }, wave);
    expect(Math.abs((times[0]?.[0] ?? 9) - 0.2)).toBeLessThan(0.05);
    // Between the words nothing but silence: the boundary is its middle.
    expect(Math.abs((times[0]?.[1] ?? 9) - 0.8)).toBeLessThan(0.05);
    expect(times[1]?.[0]).toBe(times[0]?.[1]);
    expect(Math.abs((times[1]?.[1] ?? 9) - 1.4)).toBeLessThan(0.05);
  });

  it("hears a clip shorter than its frames need", async () => {
    await expect(align({ vocab: UPPER }, WAVE.subarray(3_300, 3_600), "a")).rejects.toThrow("1 times 50 ms at least do not go into 0.02 s");
    expect((await align({ vocab: UPPER }, WAVE.subarray(3_300, 4_200), "a")).length).toBe(1);
  });

  it.each([
    ["logits of another shape", { vocab: UPPER, flat: true }, "it is no CTC model"],
    ["a vocabulary without a blank", { vocab: { A: 0, B: 1 } }, "lacks the padding token"],
  ] as const)("refuses %s", async (_what, model, message) => {
    await expect(align(model)).rejects.toThrow(message);
  });

  it("refuses a vocabulary larger than the graph, and broken JSON", async () => {
    const folder = toneModelFolder({ vocab: UPPER });
    const aligner = (): Promise<unknown> => new SpectrogramGuidedAligner({ modelName: folder }).align({ waveform: WAVE }, "ab");
    writeFileSync(join(folder, "vocab.json"), JSON.stringify({ ...UPPER, D: 9 }));
    await expect(aligner()).rejects.toThrow("5 logits for a vocabulary of 10");
    writeFileSync(join(folder, "vocab.json"), "{");
    await expect(aligner()).rejects.toThrow("vocab.json is no JSON: it goes wrong at");
    rmSync(join(folder, "onnx"), { recursive: true });
    await expect(aligner()).rejects.toThrow("no model graph");
    rmSync(folder, { recursive: true });
  });
});
