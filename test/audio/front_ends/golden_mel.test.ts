import { expect } from "vitest";
import { normalizeMel } from "../../../src/audio/front_ends/frames.js";
import { LFM2_MEL, logMel, melFilterbank, symmetricHann, validFrames } from "../../../src/audio/front_ends/mel.js";
import { resample } from "../../../src/audio/signal/resample.js";
import { describeGolden, type GoldenCase } from "../../support/golden.js";
import { goldenWav, maxDifference } from "../../support/signals.js";

describeGolden({
  file: "mel",
  matches(vector) {
    if (vector.id === "mel/filterbank") return filterbank(vector);
    if (vector.id === "mel/window") return window(vector);
    if (vector.id.startsWith("mel/resample")) return resampled(vector);
    if (vector.id.startsWith("mel/too_short")) return tooShort(vector);
    return mel(vector);
  },
});

function mel({ id, input, expected }: GoldenCase): void {
  const wave = goldenWav(input.wav);
  const valid = validFrames(wave.length, LFM2_MEL);
  const log = logMel(wave, LFM2_MEL);
  const normalized = normalizeMel(log, valid);
  expect([log.bins, log.frames, valid]).toEqual([...expected.shape, expected.seq_len_returned]);
  const tonal = /sine|chirp|impulse/.test(id);
  expected.frames.forEach((t: number, row: number) => {
    expected.bins.forEach((b: number, column: number) => {
      const at = t * log.bins + b;
      const where = `frame ${t}, bin ${b}`;
      expect(Math.abs((normalized.data[at] as number) - expected.values_normalized[row][column]), where).toBeLessThan(tonal ? 1e-2 : 1e-3);
      // The reference's stage before normalisation is already masked: its last frame is zero, ours is not yet.
      const reference = expected.values_log_mel_before_normalization[row][column];
      if (t >= valid) expect(reference).toBe(0);
      else expect(Math.abs((log.data[at] as number) - reference), where).toBeLessThan(tonal ? 2e-3 : 1e-4);
    });
  });
  expect(summary(normalized.data)).toMatchObject({
    min: expect.closeTo(expected.stats_normalized.min, 2),
    max: expect.closeTo(expected.stats_normalized.max, 2),
    mean: expect.closeTo(expected.stats_normalized.mean, 3),
  });
}

function summary(data: Float32Array): { min: number; max: number; mean: number } {
  return data.reduce((s, x) => ({ min: Math.min(s.min, x), max: Math.max(s.max, x), mean: s.mean + x / data.length }), {
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    mean: 0,
  });
}

function tooShort({ input, expected }: GoldenCase): void {
  const log = logMel(new Float32Array(input.samples).fill(input.constant_signal), LFM2_MEL);
  expect([log.bins, log.frames]).toEqual(expected.shape);
  expect(validFrames(input.samples, LFM2_MEL)).toBe(expected.seq_len_returned);
  expect(normalizeMel(log, 0).data.every((x) => x === 0)).toBe(expected.all_zero);
}

function filterbank({ expected }: GoldenCase): void {
  const matrix = melFilterbank(LFM2_MEL);
  const [rows, columns] = expected.shape;
  expect(matrix.length).toBe(rows * columns);
  const reference = new Float64Array(matrix.length);
  for (const [m, k, weight] of expected.nonzero) reference[m * columns + k] = weight;
  expect(maxDifference(matrix, reference)).toBeLessThan(1e-8);
  expect(matrix.filter((w) => w > 0).length).toBe(expected.n_nonzero);
}

function window({ expected }: GoldenCase): void {
  const placed = symmetricHann(LFM2_MEL.winLength, LFM2_MEL.nFft);
  expect(placed.subarray(0, 56).every((w) => w === 0)).toBe(true);
  const every13 = placed.subarray(56, 456).filter((_, k) => k % 13 === 0);
  expect(maxDifference(every13, expected.values_every_13)).toBeLessThan(1e-6);
}

function resampled({ input, expected }: GoldenCase): void {
  const out = resample(goldenWav(input.wav), input.from, input.to);
  expect(out.length).toBe(expected.length);
  const at = expected.index.map((k: number) => out[k]);
  expect(maxDifference(at, expected.functional_resample_float32)).toBeLessThan(3e-5);
  expect(maxDifference(at, expected.float64)).toBeLessThan(1e-6);
  expect(out.reduce((sum, y) => sum + y * y, 0)).toBeCloseTo(expected.sum_sq, 3);
}
