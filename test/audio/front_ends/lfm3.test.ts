import { describe, expect, it } from "vitest";
import { LFM3_MEL, lfm3FrontEnd } from "../../../src/audio/front_ends/lfm3.js";
import type { Mel } from "../../../src/audio/front_ends/mel.js";
import { sine, waveOf } from "../../support/signals.js";

const frontEnd = lfm3FrontEnd(LFM3_MEL);
const { framesOf, features, bins, framewise } = frontEnd;

describe("LFM3-Audio's front end (its numbers are held to torch's in connectors/speech/families)", () => {
  it("windows of 25 ms every 10 ms that begin in the clip: frames as other runtimes count them", () => {
    expect([0, 100, 400, 401, 560, 561, 16_000, 70_080].map((samples) => framesOf(samples))).toEqual([1, 1, 1, 2, 2, 3, 99, 437]);
  });

  it("numbers of a second implementation in double precision", () => {
    const wave = waveOf(
      16_000,
      (n) =>
        0.5 * Math.sin((2 * Math.PI * 440 * n) / 16_000) +
        0.25 * Math.sin((2 * Math.PI * 1234.5 * n) / 16_000 + 1) +
        0.01 * Math.cos((0.37 * n * n) / 1_000),
    );
    const { frames, data } = features(wave) as Mel;
    expect(frames).toBe(99);
    const at = (bin: number, frame: number): number => data[frame * bins + bin] as number;
    for (const [bin, frame, value] of [
      [0, 0, -0.21104],
      [7, 10, -1.36524],
      [20, 50, 1.28991],
      [64, 37, -0.74631],
    ] as const) {
      expect(at(bin, frame)).toBeCloseTo(value, 4);
    }
    expect(at(127, 97)).toBe(-2);
  });

  it("silence is the floor; frames do not depend on each other, so that masks may work on them", () => {
    expect(new Set((features(new Float32Array(1_000)) as Mel).data)).toEqual(new Set([-2]));
    const loud = sine(440, 0.2, 16_000, 0.9);
    const quiet = Float32Array.from(loud, (value, i) => (i < 1_600 ? value : 0));
    const [a, b] = [features(loud) as Mel, features(quiet) as Mel];
    // The frame at 1,120 is the last that sees nothing behind 1,600.
    expect(b.data.subarray(0, 8 * bins)).toEqual(a.data.subarray(0, 8 * bins));
    const silent = framewise?.normalise({ bins: 1, frames: 1, data: Float32Array.of(framewise.silence) }, 1);
    expect(silent?.data[0]).toBe(-2);
  });
});
