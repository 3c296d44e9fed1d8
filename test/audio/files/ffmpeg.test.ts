import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { decodeAudio } from "../../../src/audio/files/decode.js";
import { encodeAudio } from "../../../src/audio/files/encode.js";
import { ffmpegDecode } from "../../../src/audio/files/ffmpeg.js";
import { writeWav } from "../../../src/audio/files/wav_write.js";
import { AudioError } from "../../../src/errors.js";
import { fakeFfmpeg } from "../../support/fake_ffmpeg.js";
import { fixtureBytes, sine } from "../../support/signals.js";

const UNKNOWN = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
const argument = (words: readonly string[], flag: string): string | undefined => words[words.indexOf(flag) + 1];

describe("ffmpeg", () => {
  it("decodes what no other decoder knows, from a file and from sound containers only", async () => {
    const wav = path.join(tmpdir(), `mllm-shap-test-${process.pid}.wav`);
    writeFileSync(wav, writeWav(sine(440, 0.1, 22_050), 22_050));
    const fake = fakeFfmpeg(`cp '${wav}' "$out"`);
    const decoded = await decodeAudio(UNKNOWN, { ffmpegPath: fake.path });
    expect(decoded).toMatchObject({ decoder: "ffmpeg", sampleRate: 22_050, channels: 1 });
    expect(decoded.samples.length).toBe(2_205);
    const words = fake.seen();
    expect(argument(words, "-i")).toMatch(/^file:\/.*in\.audio$/);
    expect(argument(words, "-protocol_whitelist")).toBe("file");
    expect(argument(words, "-format_whitelist")).toContain("flac");
    expect(argument(words, "-format_whitelist")).not.toMatch(/concat|hls|dash|lavfi|image2/);
    expect(words.indexOf("-format_whitelist")).toBeLessThan(words.indexOf("-i"));
    expect(argument(words, "-t")).toBe("1801");
  });

  it("refuses what ffmpeg decoded past the limit", async () => {
    const wav = path.join(tmpdir(), `mllm-shap-long-${process.pid}.wav`);
    writeFileSync(wav, writeWav(new Float32Array(8_000 * 3), 8_000));
    const options = { ffmpegPath: fakeFfmpeg(`cp '${wav}' "$out"`).path, limits: { maxSeconds: 2, maxBytes: 1e6 } };
    await expect(decodeAudio(UNKNOWN, options)).rejects.toThrow("longer than 2 s");
  });

  it("encodes mp3", async () => {
    const fake = fakeFfmpeg('printf "ID3 fake" > "$out"');
    const bytes = await encodeAudio(sine(440, 0.1), 16_000, "mp3", { ffmpegPath: fake.path });
    expect(Buffer.from(bytes).toString()).toBe("ID3 fake");
    expect(argument(fake.seen(), "-c:a")).toBe("libmp3lame");
    expect(argument(fake.seen(), "-format_whitelist")).toBe("wav");
  });

  it("says in one line that ffmpeg is missing, and what works without", async () => {
    const failure = decodeAudio(UNKNOWN, { ffmpegPath: "/nowhere/ffmpeg" });
    await expect(failure).rejects.toThrow(AudioError);
    await expect(failure).rejects.toThrow(/^no working ffmpeg \(tried "\/nowhere\/ffmpeg"\): install ffmpeg or set FFMPEG_PATH; wav, mp3/);
  });

  it("passes on ffmpeg's own last line, without the private folder", async () => {
    const fake = fakeFfmpeg('echo "banner" >&2; echo "file:$out: Invalid data found when processing input" >&2; exit 1');
    const failure = decodeAudio(UNKNOWN, { ffmpegPath: fake.path });
    await expect(failure).rejects.toThrow(/^ffmpeg cannot read the file: .*out\.wav: Invalid data found when processing input$/);
    await expect(failure).rejects.not.toThrow(tmpdir());
  });

  it("kills an ffmpeg that does not end", async () => {
    const fake = fakeFfmpeg("exec sleep 20");
    const start = performance.now();
    await expect(ffmpegDecode(UNKNOWN, 10, 1e6, { ffmpegPath: fake.path, timeoutS: 1 })).rejects.toThrow(
      "ffmpeg did not finish within 1 s",
    );
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it("is not asked for a file that a decoder reads, nor for text", async () => {
    const fake = fakeFfmpeg("exit 1");
    await decodeAudio(fixtureBytes("speech.mp3"), { ffmpegPath: fake.path });
    await expect(decodeAudio(Buffer.from("#EXTM3U\nhttp://example.org/a.ts\n"), { ffmpegPath: fake.path })).rejects.toThrow(
      "not an audio file",
    );
    expect(fake.seen()).toEqual([]);
  });

  it("is asked for codecs that are not read here, in containers that are", async () => {
    const wav = path.join(tmpdir(), `mllm-shap-codec-${process.pid}.wav`);
    writeFileSync(wav, writeWav(sine(440, 1), 16_000));
    for (const file of ["speech-adpcm.wav", "speech-ac3.mp4"]) {
      const decoded = await decodeAudio(fixtureBytes(file), { ffmpegPath: fakeFfmpeg(`cp '${wav}' "$out"`).path });
      expect(decoded).toMatchObject({ decoder: "ffmpeg", notes: [] });
      await expect(decodeAudio(fixtureBytes(file), { ffmpegPath: fakeFfmpeg("exit 1").path })).rejects.toThrow(
        /^ffmpeg cannot read the file/,
      );
    }
  });

  it("is heard where it complains, and where less comes out than the file declares", async () => {
    const wav = path.join(tmpdir(), `mllm-shap-short-${process.pid}.wav`);
    writeFileSync(wav, writeWav(sine(440, 1), 16_000));
    const talk = [
      "  Duration: 00:00:03.50, start: 0.0",
      "    title : Error of corrupt data",
      "[wmav2 @ 0x55d] overread, skip -5",
      "Error while decoding",
    ];
    const fake = fakeFfmpeg(`cat >&2 <<'END'\n${talk.join("\n")}\nEND\ncp '${wav}' "$out"`);
    expect((await decodeAudio(UNKNOWN, { ffmpegPath: fake.path })).notes).toEqual([
      "the file is cut short: it declares 3.50 s, 1.00 s are there",
      'the file is damaged: ffmpeg says "wmav2: overread, skip -5" and 1 more like it',
    ]);
  });

  it("is named with the codec where it is missing", async () => {
    const failure = decodeAudio(fixtureBytes("speech.wma"), { ffmpegPath: "/nowhere/ffmpeg" });
    await expect(failure).rejects.toThrow(/^ASF\/audio, Windows Media Audio.*: no working ffmpeg/);
  });

  it("keeps the first decoder's message for a damaged file of a known kind", async () => {
    const failure = decodeAudio(fixtureBytes("speech.m4a").subarray(0, 500), { ffmpegPath: "/nowhere/ffmpeg" });
    await expect(failure).rejects.toThrow(/^the m4a decoder /);
  });
});

describe("encodeAudio", () => {
  it("names the formats it can write", async () => {
    await expect(encodeAudio(new Float32Array(1), 16_000, "flac")).rejects.toThrow(
      "valid are wav (no program needed) and mp3 (with ffmpeg)",
    );
  });
});
