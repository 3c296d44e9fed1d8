import { describe, expect, it } from "vitest";
import { decodeAt, decodeAudio } from "../../../src/audio/files/decode.js";
import { sniff } from "../../../src/audio/files/sniff.js";
import { writeWav } from "../../../src/audio/files/wav_write.js";
import { fixtureBytes, maxDifference, rms, sine } from "../../support/signals.js";

const NO_FFMPEG = { ffmpegPath: "/nowhere/ffmpeg" };
/** All fixtures were made from this one. */
const source = await decodeAt(fixtureBytes("speech.wav"), 16_000);

/** Pearson correlation of 20 ms energies, best over small shifts: codecs delay and colour, but keep where the sound is. */
function likeness(a: Float32Array, b: Float32Array): number {
  const energies = (x: Float32Array, shift: number): number[] =>
    Array.from({ length: Math.floor(source.samples.length / 320) - 8 }, (_, k) =>
      rms(x, shift + (k + 4) * 320, Math.min(x.length, shift + (k + 5) * 320)),
    );
  const reference = energies(a, 0);
  return Math.max(
    ...[-1280, -960, -640, -320, 0, 320, 640, 960, 1280, 1600, 2112].map((shift) => correlation(reference, energies(b, shift))),
  );
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (x: readonly number[]): number => x.reduce((s, v) => s + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number): number =>
    x.reduce((s, v, i) => s + (v - mx) * ((y[i] ?? 0) - my), 0);
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb));
}

describe("decodeAudio", () => {
  it.each([
    ["speech.mp3", "wasm:mp3", 1],
    ["speech.flac", "wasm:flac", 1],
    ["speech.ogg", "wasm:vorbis", 1],
    ["speech.opus", "wasm:opus", 1],
    ["speech.m4a", "wasm:m4a", 1],
    ["speech.aac", "wasm:aac", 1],
    ["speech.webm", "wasm:webm", 1],
    ["speech.aiff", "wasm:aiff", 1],
    ["surround.m4a", "wasm:m4a", 6],
  ])("reads %s", async (file, decoder, channels) => {
    const decoded = await decodeAt(fixtureBytes(file), 16_000, NO_FFMPEG);
    expect(decoded).toMatchObject({ decoder, channels, sampleRate: 16_000 });
    expect(Math.abs(decoded.seconds - source.seconds)).toBeLessThan(0.15);
    expect(likeness(source.samples, decoded.samples)).toBeGreaterThan(0.95);
  });

  it("reads flac without loss", async () => {
    expect(maxDifference((await decodeAudio(fixtureBytes("speech.flac"))).samples, source.samples)).toBe(0);
  });

  it("mixes to the mean: a left channel alone has half the level", async () => {
    const decoded = await decodeAt(fixtureBytes("stereo.mp3"), 16_000);
    expect(decoded.channels).toBe(2);
    expect(rms(decoded.samples) / rms(source.samples)).toBeCloseTo(0.5, 1);
  });

  it("decodes the same samples every time", async () => {
    const [a, b] = await Promise.all([decodeAudio(fixtureBytes("speech.ogg")), decodeAudio(fixtureBytes("speech.ogg"))]);
    expect(maxDifference(a.samples, b.samples)).toBe(0);
  });

  it.each([
    "speech.mp3",
    "speech.flac",
    "speech.ogg",
    "speech.opus",
    "speech.m4a",
    "speech.aac",
    "speech.webm",
    "speech.aiff",
    "speech.wav",
  ])("stops %s at the limit", async (file) => {
    const failure = decodeAudio(fixtureBytes(file), { ...NO_FFMPEG, limits: { maxSeconds: 0.5, maxBytes: 1e6 } });
    await expect(failure).rejects.toThrow("the audio is longer than 0.5 s: cut it into shorter files");
  });

  it.each([
    ["speech.mp3", 2_500],
    ["speech.flac", 20_000],
  ])("gives what is left of a truncated %s, and says so", async (file, bytes) => {
    const decoded = await decodeAudio(fixtureBytes(file).subarray(0, bytes), NO_FFMPEG);
    const seconds = decoded.samples.length / decoded.sampleRate;
    expect(seconds).toBeGreaterThan(0.3);
    expect(seconds).toBeLessThan(0.95 * source.seconds);
    expect(decoded.notes).toEqual([expect.stringMatching(/^the file is cut short: it declares 1\.\d\d s, 0\.\d\d s are there$/)]);
    expect((await decodeAudio(fixtureBytes(file), NO_FFMPEG)).notes).toEqual([]);
  });

  it.each([
    ["an empty file", new Uint8Array(0), "the audio file is empty (0 bytes)"],
    ["text", Buffer.from("Hello, I am no sound.\nAt all."), 'not an audio file: it is text that begins with "Hello, I am no sound."'],
    ["a file without samples", writeWav(new Float32Array(0), 16_000), "holds no samples"],
    ["NaN", writeWav(Float32Array.of(0, Number.NaN), 16_000, "float32"), "sample 1 of the audio is NaN"],
    ["infinity", writeWav(Float32Array.of(Number.POSITIVE_INFINITY), 16_000, "float32"), "sample 0 of the audio is Infinity"],
    ["noise", Uint8Array.from({ length: 4_096 }, (_, i) => (i * i * 31 + 7 * i) % 256), "no working ffmpeg"],
    ["a stub of a flac", fixtureBytes("speech.flac").subarray(0, 200), "the flac decoder found no sound"],
  ])("refuses %s in one line", async (_name, bytes, message) => {
    const failure = decodeAudio(bytes, NO_FFMPEG);
    await expect(failure).rejects.toMatchObject({ name: "AudioError", message: expect.stringContaining(message) });
    await expect(failure).rejects.not.toThrow(/\n/);
  });

  it("refuses a file of too many bytes", async () => {
    await expect(decodeAudio(writeWav(sine(440, 1), 16_000), { limits: { maxSeconds: 60, maxBytes: 1_000 } })).rejects.toThrow(
      "at most 1000 are read",
    );
  });
});

describe("sniff", () => {
  it("goes by content", () => {
    expect(sniff(Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\x02"), Buffer.alloc(2), fixtureBytes("speech.flac")]))).toBe("flac");
    expect(sniff(Buffer.from("ID3\x04\0\0\0\0\0\x02\0\0"))).toBe("mp3");
    expect(sniff(Buffer.from("Zażółć gęślą jaźń"))).toBe("text");
    expect(sniff(Buffer.from("OggS"))).toBe("unknown");
    expect(sniff(fixtureBytes("speech.wma"))).toBe("unknown");
  });
});
