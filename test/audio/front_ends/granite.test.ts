import { describe, expect, it } from "vitest";
import { GRANITE, graniteFrontEnd } from "../../../src/audio/front_ends/granite.js";
import { htkFilterbank, periodicHann } from "../../../src/audio/front_ends/htk.js";
import type { Mel } from "../../../src/audio/front_ends/mel.js";
import { sine } from "../../support/signals.js";

const { framesOf, features, bins } = graniteFrontEnd(GRANITE);

describe("Granite-speech's front end (its numbers are held to torch's in connectors/speech/families)", () => {
  it("frames of 20 ms; shorter sound than a window is filled up; 13 s are the published example's 650", () => {
    expect([0, 1, 512, 16_000, 208_000].map((samples) => framesOf(samples))).toEqual([2, 2, 2, 50, 650]);
  });

  it("silence is the floor everywhere, log10(1e-10) / 4 + 1", () => {
    const { frames, data } = features(new Float32Array(1_000)) as Mel;
    expect([frames, data.length]).toEqual([3, 3 * bins]);
    expect(new Set(data)).toEqual(new Set([-1.5]));
  });

  it("a tone is loudest where its pitch is, and nothing is more than two below it", () => {
    const { data } = features(sine(1_000, 0.5)) as Mel;
    const frame = data.subarray(10 * bins, 10 * bins + GRANITE.n_mels);
    // 1000 Hz is 1000 mel of 2840 in 81 steps.
    expect(frame.indexOf(Math.max(...frame))).toBe(Math.round(1_000 / (2_840 / 81)) - 1);
    const lowest = data.reduce((least, value) => Math.min(least, value), Infinity);
    const loudest = data.reduce((most, value) => Math.max(most, value), -Infinity);
    expect(loudest - lowest).toBeCloseTo(2, 5);
  });
});

describe("HTK's filters and the periodic window", () => {
  it("triangles of height 1 that share every frequency between two of them", () => {
    const bank = htkFilterbank({ rate: 16_000, nFft: 512, bins: 8, fMin: 0, fMax: 8_000 });
    const at = (m: number, k: number): number => bank[m * 257 + k] as number;
    const sums = Array.from({ length: 200 }, (_, k) => Array.from({ length: 8 }, (_, m) => at(m, k + 20)).reduce((a, b) => a + b, 0));
    // Between the centres of the first and the last, one falls as the next rises.
    expect(sums.slice(0, 100).every((sum) => Math.abs(sum - 1) < 1e-12)).toBe(true);
    expect(Math.max(...bank)).toBeLessThanOrEqual(1);
  });

  it("Hann without its last zero, in the middle", () => {
    expect([...periodicHann(4, 8)].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([0, 0, 0, 0.5, 1, 0.5, 0, 0]);
  });
});
