import { describe, expect, it } from "vitest";
import { GEMMA3N, gemma3nFrontEnd } from "../../../src/audio/front_ends/gemma3n.js";
import type { Mel } from "../../../src/audio/front_ends/mel.js";
import { sine } from "../../support/signals.js";

const { framesOf, features, bins } = gemma3nFrontEnd(GEMMA3N);

describe("Gemma 3n's front end (its numbers are held to torch's in connectors/speech/families)", () => {
  it("frames of clips that are filled up to a multiple of 128 samples, and to one frame at least", () => {
    expect([1, 100, 513, 640, 16_000, 480_000].map(framesOf)).toEqual([1, 1, 1, 1, 97, 2_997]);
    // 188 rows of 16 frames are the 30 s that it hears.
    expect(Math.ceil(framesOf(480_000) / 16)).toBe(188);
  });

  it("silence is the logarithm of the floor", () => {
    const { frames, data } = features(new Float32Array(800)) as Mel;
    expect(data.length).toBe(frames * bins);
    expect(new Set(data)).toEqual(new Set([Math.fround(Math.log(1e-5))]));
  });

  it("a constant is what pre-emphasis leaves of it: the rest of a frame is 0.03 of it, as its first sample is", () => {
    const level = (value: number) => (features(new Float32Array(640).fill(value)) as Mel).data;
    const [one, two] = [level(0.25), level(0.5)];
    const plain = gemma3nFrontEnd({ ...GEMMA3N, preemphasis: 0 }).features(new Float32Array(640).fill(0.5 * (1 - 0.97))) as Mel;
    expect(Math.max(...two.map((value, i) => Math.abs(value - (plain.data[i] as number))))).toBeLessThan(1e-4);
    expect(one).not.toEqual(two);
  });

  it("a tone is loudest in the band of its frequency", () => {
    const { data } = features(sine(1_000, 0.2)) as Mel;
    const first = [...data.subarray(0, bins)];
    const mel = (hz: number) => 2595 * Math.log10(1 + hz / 700);
    const band = Math.round(((mel(1_000) - mel(125)) / (mel(7_600) - mel(125))) * (bins + 1)) - 1;
    expect(Math.abs(first.indexOf(Math.max(...first)) - band)).toBeLessThanOrEqual(1);
  });
});
