import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { decodeAt, decodeAudio } from "../../../src/audio/files/decode.js";
import { readAudioFile } from "../../../src/audio/files/read_file.js";
import { writeWav } from "../../../src/audio/files/wav_write.js";
import { LFM2_MEL, logMel } from "../../../src/audio/front_ends/mel.js";
import { nameAudio } from "../../../src/audio/memory.js";
import { createResampler, resample } from "../../../src/audio/signal/resample.js";
import { box, mp4 } from "../../support/mp4_boxes.js";
import { fixtureBytes, maxDifference, sine } from "../../support/signals.js";

const NO_FFMPEG = { ffmpegPath: "/nowhere/ffmpeg" };
const AAC = box(
  "esds",
  Buffer.from([0, 0, 0, 0, 3, 0x19, 0, 0, 0, 4, 0x11, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 2, 0x14, 0x08, 6, 1, 2]),
);
const bomb = { codec: "mp4a", sampleRate: 16_000, ticks: 1_024, entry: AAC, media: new Uint8Array(20_000) };

describe("the limit on samples", () => {
  it("counts all channels, and tells what to do", async () => {
    const limits = { maxSeconds: 60, maxBytes: 1e9, maxSamples: 10_000 };
    const refused = (bytes: Uint8Array): Promise<unknown> => decodeAudio(bytes, { ...NO_FFMPEG, limits });
    await expect(refused(writeWav(sine(440, 1), 16_000))).rejects.toThrow(
      /^the audio has more than 10,000 samples, which 1 channel at 16,000 Hz reach after 0\.0 minutes: cut it, or bring it to one channel/,
    );
    await expect(refused(fixtureBytes("speech.flac"))).rejects.toThrow("more than 10,000 samples");
    await expect(refused(fixtureBytes("surround.m4a"))).rejects.toThrow("6 channels at 48,000 Hz");
  });

  it("is asked of a header before anything is decoded", async () => {
    const header = writeWav(new Float32Array(1), 384_000);
    new DataView(header.buffer).setUint32(40, 2 ** 31, true);
    const flac = fixtureBytes("speech.flac").slice();
    // 2^32 samples in STREAMINFO.
    flac.set([0x0a, 0xc4, 0x40, 0xf1, 0, 0, 0, 0], 18);
    await expect(decodeAudio(flac, NO_FFMPEG)).rejects.toThrow("longer than 30 minutes");
    // Of a wave file only what is there counts.
    expect((await decodeAudio(header, NO_FFMPEG)).samples.length).toBe(1);
  });
});

describe("tables of an mp4 file that declare billions", () => {
  it.each([
    ["packets of one byte", mp4({ ...bomb, sizes: 1, count: 0xffffffff })],
    ["packets of one byte, with the handler at the end", mp4({ ...bomb, sizes: 1, count: 0xffffffff, packetsInChunk: 100, late: true })],
    ["packets that are not there", mp4({ ...bomb, sizes: 0, count: 0xffffffff })],
    ["chunks", mp4({ ...bomb, sizes: 10, count: 100, offsets: 0xffffffff })],
    ["runs of chunks", mp4({ ...bomb, sizes: 1, count: 0xffffffff, runs: 0xffffffff, packetsInChunk: 0xffffffff })],
    ["nested boxes", Buffer.concat([box("ftyp", Buffer.from("isom")), nested(5_000)])],
  ])("%s: end in one line", async (_name, bytes) => {
    await expect(decodeAudio(bytes, NO_FFMPEG)).rejects.toThrow(/^the m4a (decoder found no|file is too damaged)/);
  });

  function nested(depth: number): Buffer {
    let inner: Buffer = Buffer.alloc(0);
    for (let i = 0; i < depth; i++) inner = box("moov", inner);
    return inner;
  }

  it("does not take the length of one codec's frames for another's", async () => {
    // 5 minutes of phone speech: frames of 20 ms, one tick a sample.
    const frame = Uint8Array.from([0x3c, ...new Uint8Array(31)]);
    const media = Buffer.concat(new Array(15_000).fill(frame));
    const amr = mp4({ codec: "samr", sampleRate: 8_000, sizes: 32, count: 15_000, ticks: 160, media });
    const { samples, sampleRate, notes } = await decodeAudio(amr, NO_FFMPEG);
    expect(samples.length / sampleRate).toBeCloseTo(300, 5);
    expect(notes).toEqual(["it is silent: nothing can be heard in it"]);
    const pcm = Buffer.alloc(2 * 40_000);
    for (let n = 0; n < 40_000; n++) pcm.writeInt16BE(Math.round(8_000 * Math.sin(n / 5)), 2 * n);
    const mov = mp4({ codec: "twos", sampleRate: 16_000, sizes: 2, count: 40_000, ticks: 1, media: pcm });
    expect((await decodeAudio(mov, NO_FFMPEG)).samples.length).toBe(40_000);
  });
});

it("an endless row of empty chunks ends in one line", async () => {
  const wav = Buffer.alloc(12 + 8 * 200_000);
  wav.write("RIFF\0\0\0\0WAVE", "latin1");
  for (let at = 12; at < wav.length; at += 8) wav.write("LIST", at);
  await expect(decodeAudio(wav, NO_FFMPEG)).rejects.toThrow("more than 10000 chunks before its data");
});

describe("resampling part by part", () => {
  it.each([
    [44_100, 16_000],
    [8_000, 16_000],
    [384_000, 16_000],
    [16_000, 16_000],
    [48_000, 44_100],
    [15_991, 16_000],
  ])("%i → %i Hz gives the samples of the whole", (from, to) => {
    const wave = sine(440, 0.2, from);
    const resampler = createResampler(from, to);
    const parts: number[] = [];
    for (let at = 0, size = 1; at < wave.length; at += size, size = (size * 7 + 3) % 1_000) {
      parts.push(...resampler.add(wave.slice(at, at + size)));
      if (size === 0) size = 1;
    }
    parts.push(...resampler.end());
    expect(maxDifference(parts, resample(wave, from, to))).toBe(0);
  });

  it("is what decodeAt does", async () => {
    const { samples, sampleRate } = await decodeAudio(fixtureBytes("stereo.mp3"), NO_FFMPEG);
    const heard = await decodeAt(fixtureBytes("stereo.mp3"), 16_000, NO_FFMPEG);
    expect(maxDifference(heard.samples, resample(samples, sampleRate, 16_000))).toBe(0);
  });
});

describe("a file that is named again", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "mllm-shap-named-"));
  const file = path.join(folder, "a.wav");
  writeFileSync(file, writeWav(sine(440, 1), 16_000));
  symlinkSync(file, path.join(folder, "b.wav"));

  it("is read and decoded once, and has one spectrogram", async () => {
    const first = await readAudioFile(file);
    expect(await readAudioFile(path.join(folder, "b.wav"))).toBe(first);
    const heard = await decodeAt(first, 16_000);
    expect(await decodeAt(first, 16_000)).toBe(heard);
    expect(logMel(heard.samples, LFM2_MEL)).toBe(logMel(heard.samples, LFM2_MEL));
    const own = sine(440, 1);
    expect(logMel(own, LFM2_MEL)).not.toBe(logMel(own, LFM2_MEL));
  });

  it("is read anew once it has changed", async () => {
    const first = await readAudioFile(file);
    writeFileSync(file, writeWav(sine(440, 2), 16_000));
    const second = await readAudioFile(file);
    expect(second).not.toBe(first);
    expect((await decodeAudio(second)).samples.length).toBe(32_000);
  });

  it("goes by its name in every note", async () => {
    const quiet = path.join(folder, "quiet.wav");
    writeFileSync(quiet, writeWav(new Float32Array(8_000), 16_000));
    const bytes = await readAudioFile(quiet);
    nameAudio(bytes, "sounds/quiet.wav");
    expect((await decodeAt(bytes, 16_000)).notes).toEqual(["sounds/quiet.wav: it is silent: nothing can be heard in it"]);
    const other = writeWav(new Float32Array(8_000), 16_000);
    expect((await decodeAudio(other, { name: "x.wav" })).notes).toEqual(["x.wav: it is silent: nothing can be heard in it"]);
  });
});
