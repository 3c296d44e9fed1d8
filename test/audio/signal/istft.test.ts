import { describe, expect, it } from "vitest";
import { createRealFft } from "../../../src/audio/signal/fft.js";
import { istft, LFM25_ISTFT } from "../../../src/audio/signal/istft.js";
import { maxDifference, rms, waveOf } from "../../support/signals.js";

describe("istft", () => {
  it("gives an independent implementation's numbers for two frames of codes", () => {
    const features = new Float32Array(12 * 1282);
    for (let row = 0; row < 12; row++) {
      for (let bin = 0; bin < 641; bin++) {
        const k = row * 641 + bin;
        features[row * 1282 + bin] = -3 + 0.5 * Math.sin(0.001 * k);
        features[row * 1282 + 641 + bin] = (((k * k) % 1009) / 1009) * 2 * Math.PI - Math.PI;
      }
    }
    const out = istft(features, LFM25_ISTFT);
    expect(out.length).toBe(3_840);
    expect(
      maxDifference(
        [0, 1, 500, 1_919, 3_839].map((n) => out[n] as number),
        [0.001754, -0.000731, 0.00025, 0.00131, -0.003013],
      ),
    ).toBeLessThan(2e-6);
    expect(rms(out)).toBeCloseTo(0.001352, 6);
    expect(out.reduce((peak, y) => Math.max(peak, Math.abs(y)), 0)).toBeCloseTo(0.005204, 5);
  });

  it("gives nothing for no step and refuses a broken row", () => {
    expect(istft(new Float32Array(0), LFM25_ISTFT).length).toBe(0);
    expect(() => istft(new Float32Array(1000), LFM25_ISTFT)).toThrow("1282");
  });
});

describe("real Fourier transform", () => {
  it.each([8, 400, 512, 1280])("of size %i agrees with the definition and inverts", (size) => {
    const frame = Float64Array.from(waveOf(size, (n) => Math.sin(n * n) + 0.3 * Math.cos(3 * n)));
    const fft = createRealFft(size);
    const bins = fft.forward(frame).slice();
    expect(bins.length).toBe(size + 2);
    for (const k of [0, 1, 3, size / 2]) {
      let [re, im] = [0, 0];
      frame.forEach((x, n) => {
        re += x * Math.cos((2 * Math.PI * k * n) / size);
        im -= x * Math.sin((2 * Math.PI * k * n) / size);
      });
      expect(bins[2 * k]).toBeCloseTo(re, 8);
      expect(bins[2 * k + 1]).toBeCloseTo(im, 8);
    }
    expect(maxDifference(fft.inverse(bins), frame)).toBeLessThan(1e-12);
  });

  it("names the sizes it can do", () => {
    expect(() => createRealFft(7)).toThrow("multiples of 4");
  });
});
