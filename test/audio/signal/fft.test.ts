import { describe, expect, test } from "vitest";
import { createRealFft } from "../../../src/audio/signal/fft.js";
import { createRng } from "../../../src/random.js";

function noise(size: number): Float64Array {
  const rng = createRng(size);
  return Float64Array.from({ length: size }, () => rng.float() - 0.5);
}

/** X_k = Σ x_t e^(−2πikt/n), by its definition. */
function definition(frame: Float64Array): Float64Array {
  const n = frame.length;
  const bins = new Float64Array(n + 2);
  for (let k = 0; k <= n / 2; k++) {
    for (const [t, value] of frame.entries()) {
      const angle = (-2 * Math.PI * ((k * t) % n)) / n;
      bins[2 * k] = (bins[2 * k] as number) + value * Math.cos(angle);
      bins[2 * k + 1] = (bins[2 * k + 1] as number) + value * Math.sin(angle);
    }
  }
  return bins;
}

// A power of two; times five (the codec's 1280), times 25 (Whisper's 400).
describe.each([4, 8, 64, 512, 1280, 400])("the transform of %i samples", (size) => {
  const fft = createRealFft(size);
  const frame = noise(size);

  test("is that of the definition", () => {
    const [found, expected] = [fft.forward(frame), definition(frame)];
    expect(found).toHaveLength(size + 2);
    for (const [i, value] of expected.entries()) expect(Math.abs((found[i] as number) - value)).toBeLessThan(1e-11);
  });

  test("comes back, and the bins are left as they were", () => {
    const bins = fft.forward(frame).slice();
    const kept = bins.slice();
    for (const [i, value] of fft.inverse(bins).entries()) expect(Math.abs(value - (frame[i] as number))).toBeLessThan(1e-13);
    expect(bins).toEqual(kept);
  });

  test("keeps the energy (Parseval)", () => {
    const bins = fft.forward(frame);
    let energy = 0;
    for (let k = 0; k <= size / 2; k++) {
      const once = k === 0 || k === size / 2 ? 1 : 2;
      energy += (once * ((bins[2 * k] as number) ** 2 + (bins[2 * k + 1] as number) ** 2)) / size;
    }
    expect(energy).toBeCloseTo(
      frame.reduce((sum, value) => sum + value * value, 0),
      10,
    );
  });
});

test.each([0, 2, 6, 401])("a size of %i is refused", (size) => {
  expect(() => createRealFft(size)).toThrow(new RangeError(`no transform of size ${size}: valid sizes are multiples of 4`));
});
