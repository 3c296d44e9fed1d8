import { describe, expect, it, onTestFinished } from "vitest";
import { loadEncoder } from "../../src/helpers/sentence_encoder.js";
import type { Embed } from "../../src/helpers/types.js";
import { bertscorePayoff } from "../../src/payoffs/bertscore.js";
import { writeEncoder } from "../support/encoder_files.js";
import { matrix, response } from "../support/fakes.js";

/** Vectors of letters, in the plane. */
const VECTORS: Readonly<Record<string, readonly number[]>> = { a: [2, 0], b: [0, 3], c: [1, 1], n: [-1, 0], z: [0, 0] };
const embed: Embed = async (responses) =>
  responses.map(({ text }) => matrix(Array.from(text, (letter) => [...(VECTORS[letter] as readonly number[])])));

async function paid(target: string, answers: readonly string[], measure: "f1" | "precision" | "recall" = "f1"): Promise<number[]> {
  const fitted = await bertscorePayoff(embed, measure).fit(response({ text: target }), [], {});
  return [
    ...(await fitted.values(
      answers.map((text) => response({ text })),
      {},
    )),
  ];
}

describe("bertscore", () => {
  it("matches each token with the most similar one, as worked by hand", async () => {
    const cosine = Math.SQRT1_2;
    // "ab" against "ac": a is matched by a, b by c; a by a, c by either
    const [precision, recall] = [(1 + cosine) / 2, (1 + cosine) / 2];
    expect((await paid("ab", ["ac"], "precision"))[0]).toBeCloseTo(precision, 12);
    expect((await paid("ab", ["ac"], "recall"))[0]).toBeCloseTo(recall, 12);
    // "ab" against "a": all of the answer is matched, half of the target
    expect((await paid("ab", ["a"], "precision"))[0]).toBeCloseTo(1, 12);
    expect((await paid("ab", ["a"], "recall"))[0]).toBeCloseTo(0.5, 12);
    expect((await paid("ab", ["a"]))[0]).toBeCloseTo((2 * 0.5) / 1.5, 12);
  });

  it("is 1 for the same tokens in any order, 0 for none, for nothing in common and against an empty target", async () => {
    const [same, other, none, opposite, zeros] = await paid("ab", ["ba", "bbba", "", "n", "z"]);
    expect([same, other]).toEqual([1, 1]);
    expect(none).toBe(0);
    expect(opposite).toBe(0);
    expect(zeros).toBe(0);
    expect(await paid("", ["a"])).toEqual([0]);
  });

  it("leaves out what an encoder puts around a text, and refuses one that pools", async () => {
    const opened = async (shape: Parameters<typeof writeEncoder>[0]) => {
      const encoder = await loadEncoder({ config: { repoId: writeEncoder(shape) }, device: "cpu", threads: 1 });
      onTestFinished(() => encoder.dispose());
      return encoder;
    };
    const { embed: whole } = await opened({ maxTokens: 5 });
    const [cut, all] = [await whole([response({ text: "light on off fan" })], {}, "own"), await whole([response({ text: "light" })], {})];
    expect(cut[0]).toMatchObject({ rows: 3, columns: 2, data: Float32Array.of(6, 36, 4, 16, 5, 25) });
    expect(all[0]?.rows).toBe(3);
    const pooled = await opened({ pools: true, output: "sentence_embedding" });
    await expect(bertscorePayoff(pooled.embed, "f1").fit(response({ text: "light" }), [], {})).rejects.toThrow(/gives one vector a text/);
  });
});
