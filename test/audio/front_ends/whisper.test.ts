import { describe, expect, test } from "vitest";
import { WHISPER, whisperFrontEnd } from "../../../src/audio/front_ends/whisper.js";

const tone = (hertz: number, seconds: number): Float32Array =>
  Float32Array.from(
    { length: seconds * WHISPER.sampling_rate },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / WHISPER.sampling_rate),
  );

/** Slaney's mel scale: linear below 1,000 Hz, logarithmic above. */
const mel = (hertz: number): number => (hertz < 1000 ? (3 * hertz) / 200 : 15 + (27 * Math.log(hertz / 1000)) / Math.log(6.4));

describe("Whisper's features", () => {
  test.each([440, 1000, 3000])("a tone of %i Hz is loudest in the bin that it belongs to", async (hertz) => {
    const { features } = await whisperFrontEnd(WHISPER, { filled: false });
    const { bins, frames, data } = await features(tone(hertz, 0.5));
    const middle = data.subarray((frames >> 1) * bins, ((frames >> 1) + 1) * bins);
    const loudest = middle.indexOf(middle.reduce((most, value) => Math.max(most, value)));
    // Centres of the triangles lie evenly between 0 and 8,000 Hz, the ends left out.
    expect(Math.abs(loudest - ((bins + 1) * mel(hertz)) / mel(8000) + 1)).toBeLessThanOrEqual(1);
  });

  test("nothing is more than 8 (of the logarithm, 2 as scaled) below the loudest", async () => {
    const { features } = await whisperFrontEnd(WHISPER, { filled: false });
    const { data } = await features(tone(440, 0.5));
    const [least, most] = data.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const, [
      Infinity,
      -Infinity,
    ] as const);
    expect(most - least).toBeCloseTo(2, 5);
  });

  test("are the clip's own frames, or whole chunks of 30 s", async () => {
    const own = await whisperFrontEnd(WHISPER, { filled: false });
    const filled = await whisperFrontEnd(WHISPER, { filled: true });
    for (const seconds of [0.01, 0.5, 31]) {
      const wave = tone(440, seconds);
      expect((await own.features(wave)).frames).toBe(own.framesOf(wave.length));
      expect((await filled.features(wave)).frames).toBe(filled.framesOf(wave.length));
    }
    expect(own.framesOf(16_000)).toBe(100);
    expect(filled.framesOf(16_000)).toBe(3000);
    expect(filled.framesOf(31 * 16_000)).toBe(6000);
  });
});
