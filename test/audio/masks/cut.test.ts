import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinKept, regionsOf, silenceRest } from "../../../src/audio/masks/cut.js";
import { maxDifference, sine } from "../../support/signals.js";

const WAVE = sine(440, 0.5);
const SEGMENTS = [
  { startSample: 800, endSample: 2_000 },
  { startSample: 2_000, endSample: 4_000 },
  { startSample: 5_000, endSample: 7_000 },
];
const REGIONS = regionsOf(SEGMENTS, WAVE.length);
const bits = (...kept: number[]): Uint8Array => Uint8Array.from(kept);
const masked = (kept: Uint8Array) => ({ wave: WAVE, regions: REGIONS, kept, fade: 80 });

describe("regionsOf", () => {
  it("splits pauses in the middle and leaves nothing out", () => {
    expect(REGIONS).toEqual([
      { start: 0, end: 2_000 },
      { start: 2_000, end: 4_500 },
      { start: 4_500, end: 8_000 },
    ]);
    expect(regionsOf([], 100)).toEqual([]);
  });
});

describe("masked waveforms", () => {
  it.each([joinKept, silenceRest])("%o of nothing is the clip", (masking) => {
    expect(maxDifference(masking(masked(bits(1, 1, 1))), WAVE)).toBe(0);
  });

  it("drops a stretch and joins the rest by one cross-fade", () => {
    const out = joinKept(masked(bits(1, 0, 1)));
    expect(out.length).toBe(2_000 + 3_500 - 80);
    expect(maxDifference(out.subarray(0, 1_920), WAVE.subarray(0, 1_920))).toBe(0);
    expect(maxDifference(out.subarray(2_000), WAVE.subarray(4_580))).toBe(0);
  });

  it("silences a stretch in its place", () => {
    const out = silenceRest(masked(bits(0, 1, 0)));
    expect(out.length).toBe(WAVE.length);
    expect(out.subarray(0, 2_000).every((x) => x === 0)).toBe(true);
    expect(out.subarray(4_500).every((x) => x === 0)).toBe(true);
    expect(maxDifference(out.subarray(2_080, 4_420), WAVE.subarray(2_080, 4_420))).toBe(0);
  });

  it("keeps nothing of nothing", () => {
    expect(joinKept(masked(bits(0, 0, 0))).length).toBe(0);
    expect(silenceRest(masked(bits(0, 0, 0))).every((x) => x === 0)).toBe(true);
  });

  it("never clicks: no step is larger than the sound's own", () => {
    const step = (x: Float32Array): number =>
      x.reduce((worst, y, n) => Math.max(worst, n === 0 ? 0 : Math.abs(y - (x[n - 1] as number))), 0);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 3, maxLength: 3 }),
        fc.constantFrom(joinKept, silenceRest),
        (kept, masking) => {
          const out = masking(masked(bits(...kept)));
          expect(step(out)).toBeLessThan(step(WAVE) * 1.2);
        },
      ),
    );
  });
});
