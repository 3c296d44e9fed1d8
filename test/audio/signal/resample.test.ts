import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resample } from "../../../src/audio/signal/resample.js";
import { AudioError } from "../../../src/errors.js";
import { maxDifference, sine, waveOf } from "../../support/signals.js";

const RATES = [4_000, 8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000, 384_000];
const rate = fc.constantFrom(...RATES);
const wave = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 0, maxLength: 400 }).map((xs) => Float32Array.from(xs));

describe("resample", () => {
  it.each([
    [44_100, 1_000, 4_410, [0.036799, 0.377109, 0.999601, 0, -0.377109]],
    [24_000, 1_000, 2_400, [0.02551, 0.377736, 0.99963, 0, -0.377736]],
  ])("%i → 16000 Hz gives an independent implementation's numbers", (from, hz, samples, expected) => {
    const out = resample(
      waveOf(samples, (n) => Math.sin((2 * Math.PI * hz * n) / from)),
      from,
      16_000,
    );
    expect(out.length).toBe(1_600);
    expect(
      maxDifference(
        Float32Array.from([0, 1, 100, 800, 1_599], (k) => out[k] as number),
        expected,
      ),
    ).toBeLessThan(1e-5);
  });

  it("8000 → 16000 Hz gives an independent implementation's numbers", () => {
    const out = resample(
      waveOf(800, (n) => Math.sin((2 * Math.PI * 500 * n) / 8_000)),
      8_000,
      16_000,
    );
    expect(
      maxDifference(
        [0, 1, 100].map((k) => out[k] as number),
        [0.00102, 0.160599, 0.707051],
      ),
    ).toBeLessThan(1e-5);
  });

  it("has ceil(to · samples / from) samples", () => {
    fc.assert(fc.property(wave, rate, rate, (x, from, to) => resample(x, from, to).length === Math.ceil((x.length * to) / from)));
  });

  it("is linear", () => {
    fc.assert(
      fc.property(wave, rate, rate, (x, from, to) => {
        const y = resample(x, from, to);
        const halved = resample(
          x.map((v) => v / 2),
          from,
          to,
        );
        const reversedSum = resample(
          x.map((v, n) => v + (x[x.length - 1 - n] as number)),
          from,
          to,
        );
        const reversed = resample(x.toReversed(), from, to);
        expect(
          maxDifference(
            y.map((v) => v / 2),
            halved,
          ),
        ).toBeLessThan(1e-6);
        expect(
          maxDifference(
            y.map((v, k) => v + (reversed[k] as number)),
            reversedSum,
          ),
        ).toBeLessThan(1e-5);
      }),
    );
  });

  it("does the same per sample where the kernel is too large to table", () => {
    // 16,001 and 16,000 share no factor: 16,000 phases of 13 taps are tabled, 383,999 → 384,000 Hz is not.
    for (const [from, to] of [
      [44_101, 16_000],
      [383_999, 384_000],
    ] as const) {
      const out = resample(sine(440, 0.05, from), from, to);
      const middle = out.subarray(200, out.length - 200);
      const ideal = sine(440, 0.05, to).subarray(200, 200 + middle.length);
      expect(maxDifference(middle, ideal)).toBeLessThan(2e-3);
    }
  });

  it("keeps equal rates as they are", () => {
    const x = sine(440, 0.01);
    expect(resample(x, 16_000, 16_000)).toBe(x);
  });

  it.each([0, 3_999, 384_001, 16_000.5, Number.NaN])("refuses a rate of %d Hz", (bad) => {
    expect(() => resample(new Float32Array(1), bad, 16_000)).toThrow(AudioError);
  });

  it("takes a minute of 44.1 kHz in well under a second", () => {
    // Processor time: the machine may be busy with other things.
    const start = process.cpuUsage();
    expect(resample(sine(440, 60, 44_100), 44_100, 16_000).length).toBe(960_000);
    expect(process.cpuUsage(start).user).toBeLessThan(3e6);
  });
});
