import { describe, expect, test } from "vitest";
import { restoreSilence, shortenSilence } from "../../../src/audio/front_ends/shorten_silence.js";
import { createRng } from "../../../src/random.js";

/** A frame hears four samples, every second one is a centre. */
const framing = { window: 4, hop: 2, leastFrames: 0 };

/** A feature of one bin: what a frame's window sums up to, a place beyond the ends mirrored there. */
function sums(wave: Float32Array): { bins: number; frames: number; data: Float32Array } {
  const last = wave.length - 1;
  const at = (i: number): number => wave[i < 0 ? -i : i > last ? 2 * last - i : i] ?? Number.NaN;
  const frames = Math.floor(wave.length / framing.hop);
  const data = Float32Array.from({ length: frames }, (_, t) => [-2, -1, 0, 1].reduce((sum, i) => sum + at(2 * t + i), 0));
  return { bins: 1, frames, data };
}

const filled = (wave: Float32Array, samples: number): Float32Array => {
  const out = new Float32Array(samples);
  out.set(wave);
  return out;
};

describe("a silence shortened", () => {
  test("behind the sound leaves a window, two hops and what is over of a hop", () => {
    const { wave, gaps } = shortenSilence(Float32Array.of(1, 2, 3), 40, framing);
    expect([...wave]).toEqual([1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(gaps).toEqual([{ frame: 3, missing: 14 }]);
  });

  test("inside of it leaves the sound behind it where the hops have it", () => {
    const { wave } = shortenSilence(Float32Array.of(1, ...new Array(13).fill(0), 2), 15, framing);
    expect([...wave]).toEqual([1, ...new Array(9).fill(0), 2]);
  });

  test("that is short, or of which all frames are wanted, stays", () => {
    const short = Float32Array.of(1, ...new Array(9).fill(0), 2);
    expect(shortenSilence(short, 11, framing)).toEqual({ wave: short, gaps: [] });
    const long = Float32Array.of(1, ...new Array(40).fill(0));
    expect(shortenSilence(long, 41, { ...framing, leastFrames: 20 })).toEqual({ wave: long, gaps: [] });
    expect(shortenSilence(long, 41, { ...framing, leastFrames: 15 }).wave).toHaveLength(31);
  });

  test("gives all frames back, wherever sound and silence are", () => {
    const { float: random } = createRng(1);
    let cut = 0;
    for (let run = 0; run < 500; run++) {
      let silent = random() < 0.5;
      let left = 0;
      const wave = Float32Array.from({ length: 1 + Math.floor(random() * 80) }, () => {
        if (left-- <= 0) [silent, left] = [!silent, Math.floor(random() * 25)];
        return silent ? 0 : 1 + Math.floor(random() * 1_000);
      });
      const samples = wave.length + Math.floor(random() * 30);
      if (samples < framing.window) continue;
      const shortened = shortenSilence(wave, samples, framing);
      cut += shortened.gaps.length;
      expect(restoreSilence(sums(shortened.wave), shortened.gaps)).toEqual(sums(filled(wave, samples)));
    }
    expect(cut).toBeGreaterThan(500);
  });
});
