import { describe, expect, it } from "vitest";
import { normalizeMel, padFrames, padToMultiple } from "../../../src/audio/front_ends/frames.js";
import { LFM2_MEL, logMel, melFilterbank } from "../../../src/audio/front_ends/mel.js";
import { waveOf } from "../../support/signals.js";

/** The contract's fixture A: two tones and a sweep, one second. */
const FIXTURE = waveOf(
  16_000,
  (n) =>
    0.5 * Math.sin((2 * Math.PI * 440 * n) / 16_000) +
    0.25 * Math.sin((2 * Math.PI * 1234.5 * n) / 16_000 + 1) +
    0.01 * Math.cos((0.37 * n * n) / 1000),
);
const SILENCE = Math.log(LFM2_MEL.logZeroGuard);
const LOG = logMel(FIXTURE, LFM2_MEL);
const at = (mel: { data: Float32Array; bins: number }, bin: number, frame: number): number => mel.data[frame * mel.bins + bin] as number;

describe("log-mel front end", () => {
  it("gives an independent implementation's numbers", () => {
    expect([LOG.bins, LOG.frames]).toEqual([128, 101]);
    const cells = [
      [0, 0, -7.79482, 6.6277],
      [7, 10, -12.66933, -0.333],
      [20, 50, -2.02127, -0.0735],
      [64, 37, -15.97151, -0.3439],
      [127, 99, -16.23587, -0.2414],
      [10, 100, -4.85426, 0],
    ] as const;
    const normalized = normalizeMel(LOG, 100);
    for (const [bin, frame, log, value] of cells) {
      expect(at(LOG, bin, frame)).toBeCloseTo(log, 3);
      expect(at(normalized, bin, frame)).toBeCloseTo(value, 3);
    }
  });

  it("has the published filterbank", () => {
    const matrix = melFilterbank(LFM2_MEL);
    expect(matrix[1]).toBeCloseTo(0.02837754, 8);
    expect(matrix[127 * 257 + 250]).toBeCloseTo(0.00522319, 8);
    expect(matrix.reduce((a, b) => a + b, 0)).toBeCloseTo(4.090488, 6);
  });

  it.each([0, 1, 159, 160, 1279, 1281])("frames %i samples as floor(N / 160) + 1", (samples) => {
    const mel = logMel(new Float32Array(samples), LFM2_MEL);
    expect(mel.frames).toBe(Math.floor(samples / 160) + 1);
    expect(mel.data.every((x) => Math.abs(x - SILENCE) < 1e-6)).toBe(true);
  });

  it("pads the time axis with zero frames where the configuration asks for it", () => {
    const padded = padToMultiple(LOG, 16);
    expect(padded.frames).toBe(112);
    expect(padded.data.subarray(101 * 128).every((x) => x === 0)).toBe(true);
    expect(padToMultiple(LOG, 0)).toBe(LOG);
    expect(padFrames(LOG, 9)).toBe(LOG);
  });
});
