import { describe, expect, it } from "vitest";
import { LFM2_MEL, logMel, melFilterbank } from "../../../src/audio/front_ends/mel.js";
import { maskMel, normalizeMel, padFrames, padToMultiple } from "../../../src/audio/front_ends/mel_mask.js";
import { maxDifference, waveOf } from "../../support/signals.js";

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

describe("masked log-mel", () => {
  const all = new Uint8Array(101).fill(1);
  const someKept = Uint8Array.from(all, (_, t) => ((t >= 16 && t < 40) || t >= 96 ? 1 : 0));

  it.each(["drop", "drop-original", "silence"] as const)("%s of nothing is the published front end", (masking) => {
    expect(maxDifference(maskMel(LOG, all, masking, SILENCE).data, normalizeMel(LOG, 100).data)).toBe(0);
  });

  it("drop normalises what is left and ends with one zero frame", () => {
    const masked = maskMel(LOG, someKept, "drop", SILENCE);
    expect(masked.frames).toBe(24 + 4 + 1);
    expect(masked.data.subarray(28 * 128).every((x) => x === 0)).toBe(true);
    const bin = Array.from({ length: 28 }, (_, t) => at(masked, 20, t));
    const mean = bin.reduce((a, b) => a + b, 0) / 28;
    expect(mean).toBeCloseTo(0, 5);
    expect(bin.reduce((a, b) => a + (b - mean) ** 2, 0) / 27).toBeCloseTo(1, 1);
  });

  it("drop-original keeps the whole clip's statistics and the kept frames as they were", () => {
    const masked = maskMel(LOG, someKept, "drop-original", SILENCE);
    const whole = normalizeMel(LOG, 100);
    expect(masked.frames).toBe(29);
    expect(maxDifference(masked.data.subarray(0, 24 * 128), whole.data.subarray(16 * 128, 40 * 128))).toBe(0);
    expect(masked.data.subarray(28 * 128).every((x) => x === 0)).toBe(true);
  });

  it("silence keeps every frame's place", () => {
    const masked = maskMel(LOG, someKept, "silence", SILENCE);
    expect(masked.frames).toBe(101);
    expect(at(masked, 20, 0)).toBe(at(masked, 20, 60));
    expect(at(masked, 20, 20)).toBeGreaterThan(at(masked, 20, 0));
  });

  it("drops a clip of which nothing is kept", () => {
    const none = new Uint8Array(101);
    expect(maskMel(LOG, none, "drop", SILENCE).frames).toBe(0);
    expect(maskMel(LOG, none, "drop-original", SILENCE).frames).toBe(0);
    expect(maskMel(LOG, none, "silence", SILENCE).data.every((x) => x === 0)).toBe(true);
  });

  it("refuses a mask of another length", () => {
    expect(() => maskMel(LOG, new Uint8Array(3), "drop", SILENCE)).toThrow("3 flags for 101 mel frames");
  });
});
