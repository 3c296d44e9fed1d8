import { availableParallelism } from "node:os";
import { WhisperFeatureExtractor } from "@huggingface/transformers";
import { describe, expect, test, vi } from "vitest";
import { DECODE_LIMITS } from "../../../src/audio/files/limits.js";
import { readWav } from "../../../src/audio/files/wav_read.js";
import { WHISPER, whisperFrontEnd } from "../../../src/audio/front_ends/whisper.js";
import { createRng } from "../../../src/random.js";
import { float32At } from "../../../src/util/elements.js";
import { fixtureBytes, maxDifference, waveOf } from "../../support/signals.js";

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

describe("sound is given to the extractor without most of its silence", () => {
  const bins = 128;
  const config = { ...WHISPER, feature_size: bins };
  const chunk = 30 * WHISPER.sampling_rate;
  const speech = readWav(fixtureBytes("speech.wav"), DECODE_LIMITS).samples;
  const noise = (samples: number, gain = 0.1): Float32Array => {
    const rng = createRng(7);
    return waveOf(samples, () => gain * (rng.float() - 0.5));
  };
  const silent = (wave: Float32Array, ...stretches: readonly (readonly [number, number])[]): Float32Array => {
    const out = wave.slice();
    for (const [from, to] of stretches) out.fill(0, from, to);
    return out;
  };

  /** `[frames, bins]` of the extractor itself over all samples, those that fill the sound up too. */
  async function extracted(wave: Float32Array, samples: number): Promise<Float32Array> {
    const extractor = new WhisperFeatureExtractor({ ...config, n_samples: Infinity, nb_max_frames: Infinity });
    const { input_features: tensor } = await extractor._call(wave, { max_length: samples });
    const data = tensor.data as Float32Array;
    const frames = data.length / bins;
    return data.map((_, i) => float32At(data, (i % bins) * frames + Math.floor(i / bins)));
  }

  // The extractor's own last digit depends on how many threads share its work.
  const tolerance = availableParallelism() <= 8 ? 0 : 1e-6;

  test.each<[string, Float32Array]>([
    ["speech", speech],
    ["speech that begins late", silent(speech, [0, 9_000])],
    ["speech with its middle silent", silent(speech, [5_000, 12_345])],
    ["two words of ten seconds", silent(noise(160_000), [0, 20_000], [30_000, 100_001], [110_000, 160_000])],
    ["noise so low that the floor is near", noise(20_000, 1e-4)],
    ["a click that makes all else as loud as silence", waveOf(48_000, (n) => (n === 24_000 ? 1 : 1e-6 * Math.sin(n)))],
    ["no sample other than 0", new Float32Array(50_000)],
    ["one sample", Float32Array.of(0.5)],
    ["none", new Float32Array(0)],
    ...[399, 401, 16_000, 16_040, 16_199].map((n): [string, Float32Array] => [`${n} samples of noise`, noise(n)]),
    ...[-1_000, -400, -201, -1, 0].map((n): [string, Float32Array] => [`${n} samples from a chunk's end`, noise(chunk + n)]),
  ])("%s: the same bits as with all of it", async (_, wave) => {
    const front = await whisperFrontEnd(config, { filled: true });
    const { data, frames } = await front.features(wave);
    expect(frames).toBe(3_000);
    expect(maxDifference(data, await extracted(wave, chunk))).toBeLessThanOrEqual(tolerance);
  });

  test("a clip of two chunks: each has its own loudest value", async () => {
    const wave = silent(noise(chunk + 40_000), [100_000, 300_000], [chunk - 5_000, chunk + 10_000]).map((v, i) =>
      i < chunk ? v : v / 100,
    );
    const front = await whisperFrontEnd(config, { filled: true });
    const { data } = await front.features(wave);
    const [first, second] = await Promise.all([extracted(wave.subarray(0, chunk), chunk), extracted(wave.subarray(chunk), chunk)]);
    expect(maxDifference(data.subarray(0, first.length), first)).toBeLessThanOrEqual(tolerance);
    expect(maxDifference(data.subarray(first.length), second)).toBeLessThanOrEqual(tolerance);
  });

  test("a clip's own frames, where its silence is not at a hop's edge", async () => {
    const wave = silent(noise(100_123), [7, 30_011], [40_000, 99_999]);
    const front = await whisperFrontEnd(config, { filled: false });
    const { data } = await front.features(wave);
    expect(maxDifference(data, await extracted(wave, wave.length))).toBeLessThanOrEqual(tolerance);
  });

  test("the extractor sees a tenth of a clip of a second that is filled up", async () => {
    const call = vi.spyOn(WhisperFeatureExtractor.prototype, "_call");
    const front = await whisperFrontEnd(config, { filled: true });
    await front.features(noise(16_000));
    const given = call.mock.calls.map(([wave]) => (wave as Float32Array).length);
    call.mockRestore();
    expect(given).toEqual([Math.max(16_000 + 400 + 2 * 160, 80 * 160 * Math.min(8, availableParallelism()))]);
  });
});
