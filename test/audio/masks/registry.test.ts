import { describe, expect, it } from "vitest";
import { fillFrames, normalizeMel, selectFrames } from "../../../src/audio/front_ends/frames.js";
import { LFM2_MEL, logMel, type Mel } from "../../../src/audio/front_ends/mel.js";
import { nemoFrontEnd } from "../../../src/audio/front_ends/nemo.js";
import type { SoundMask } from "../../../src/audio/masks/mask.js";
import { AUDIO_MASKS, audioMasks } from "../../../src/audio/masks/registry.js";
import { maxDifference, sine } from "../../support/signals.js";

const { framewise } = nemoFrontEnd(LFM2_MEL);
const WAVE = sine(440, 1);
const LOG = logMel(WAVE, LFM2_MEL);
const at = (mel: Mel, bin: number, frame: number): number => mel.data[frame * mel.bins + bin] as number;
const masked = (name: "drop" | "drop-original" | "silence", kept: Uint8Array): Mel =>
  (AUDIO_MASKS[name] as SoundMask).frames?.(LOG, kept, framewise) as Mel;

describe("every mask of sound", () => {
  const sounds = audioMasks.filter((mask): mask is SoundMask<typeof mask.name> => mask.on === "sound");
  const regions = [0, 4_000, 9_000].map((start, i) => ({ start, end: [4_000, 9_000, WAVE.length][i] as number }));

  it.each(sounds)("$name: all kept is the clip itself, and the clip is not modified", ({ wave, frames }) => {
    const before = WAVE.slice();
    expect(wave({ wave: WAVE, regions, kept: Uint8Array.of(1, 1, 1), fade: 80 })).toEqual(WAVE);
    wave({ wave: WAVE, regions, kept: Uint8Array.of(1, 0, 0), fade: 80 });
    const raw = LOG.data.slice();
    frames?.(LOG, new Uint8Array(101), framewise);
    expect([WAVE, LOG.data]).toEqual([before, raw]);
  });

  it.each(sounds)("$name: what is left out no longer tells what it was", ({ wave, framesOnly }) => {
    if (framesOnly === true) return;
    const other = WAVE.map((x, n) => (n >= 4_000 && n < 9_000 ? -x / 2 : x));
    const kept = Uint8Array.of(1, 0, 1);
    expect(wave({ wave: other, regions, kept, fade: 80 })).toEqual(wave({ wave: WAVE, regions, kept, fade: 80 }));
  });

  it.each(sounds)("$name: a mask that keeps its turn is heard with nothing kept, any other is not", ({ wave, keepsTurn }) => {
    expect(wave({ wave: WAVE, regions, kept: new Uint8Array(3), fade: 80 }).length > 0).toBe(keepsTurn);
  });
});

describe("masks of frames", () => {
  const all = new Uint8Array(101).fill(1);
  const someKept = Uint8Array.from(all, (_, t) => ((t >= 16 && t < 40) || t >= 96 ? 1 : 0));

  it.each(["drop", "drop-original", "silence"] as const)("%s of nothing is the published front end", (masking) => {
    expect(maxDifference(masked(masking, all).data, normalizeMel(LOG, 100).data)).toBe(0);
  });

  it("drop normalises what is left and ends with one zero frame", () => {
    const left = masked("drop", someKept);
    expect(left.frames).toBe(24 + 4 + 1);
    expect(left.data.subarray(28 * 128).every((x) => x === 0)).toBe(true);
    const bin = Array.from({ length: 28 }, (_, t) => at(left, 20, t));
    const mean = bin.reduce((a, b) => a + b, 0) / 28;
    expect(mean).toBeCloseTo(0, 5);
    expect(bin.reduce((a, b) => a + (b - mean) ** 2, 0) / 27).toBeCloseTo(1, 1);
  });

  it("drop-original keeps the whole clip's statistics and the kept frames as they were", () => {
    const left = masked("drop-original", someKept);
    const whole = normalizeMel(LOG, 100);
    expect(left.frames).toBe(29);
    expect(maxDifference(left.data.subarray(0, 24 * 128), whole.data.subarray(16 * 128, 40 * 128))).toBe(0);
    expect(left.data.subarray(28 * 128).every((x) => x === 0)).toBe(true);
  });

  it("silence keeps every frame's place", () => {
    const left = masked("silence", someKept);
    expect(left.frames).toBe(101);
    expect(at(left, 20, 0)).toBe(at(left, 20, 60));
    expect(at(left, 20, 20)).toBeGreaterThan(at(left, 20, 0));
  });

  it("drops a clip of which nothing is kept", () => {
    const none = new Uint8Array(101);
    expect(masked("drop", none).frames).toBe(0);
    expect(masked("drop-original", none).frames).toBe(0);
    expect(masked("silence", none).data.every((x) => x === 0)).toBe(true);
  });

  it("refuses a mask of another length", () => {
    expect(() => fillFrames(LOG, new Uint8Array(3), 0)).toThrow("3 flags for 101 mel frames");
    expect(() => selectFrames(LOG, new Uint8Array(102))).toThrow("102 flags for 101 mel frames");
  });
});
