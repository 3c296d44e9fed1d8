import { describe, expect, test } from "vitest";
import { LFM2_MEL } from "../../../src/audio/front_ends/mel.js";
import { nemoFrontEnd } from "../../../src/audio/front_ends/nemo.js";
import { createRng } from "../../../src/random.js";

function noise(samples: number): Float32Array {
  const rng = createRng(samples);
  return Float32Array.from({ length: samples }, () => rng.float() - 0.5);
}

describe("NeMo's features", () => {
  test.each([
    [16_000, 0],
    [16_159, 0],
    [5000, 16],
    [161, 8],
  ])("of %i samples, padded to %i, have the frames that were announced", async (samples, padTo) => {
    const frontEnd = nemoFrontEnd({ ...LFM2_MEL, padTo });
    const { frames, bins, data } = await frontEnd.features(noise(samples));
    expect(frames).toBe(frontEnd.framesOf(samples));
    expect(bins).toBe(frontEnd.bins);
    expect(data).toHaveLength(frames * bins);
    if (padTo > 0) expect(frames % padTo).toBe(0);
  });

  test("have mean 0 and deviation 1 in every bin, over the frames that count; those behind are 0", async () => {
    const frontEnd = nemoFrontEnd(LFM2_MEL);
    const { frames, bins, data } = await frontEnd.features(noise(16_000));
    const valid = frames - frontEnd.framewise.spare;
    for (let bin = 0; bin < bins; bin += 17) {
      const row = Array.from({ length: valid }, (_, frame) => data[frame * bins + bin] as number);
      const mean = row.reduce((sum, value) => sum + value, 0) / valid;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (valid - 1);
      expect(Math.abs(mean)).toBeLessThan(1e-4);
      expect(variance).toBeCloseTo(1, 3);
    }
    expect([...data.subarray(valid * bins)].every((value) => value === 0)).toBe(true);
  });
});
