import { describe, expect, it } from "vitest";
import { decodeAudio } from "../../../src/audio/files/decode.js";
import { AudioError } from "../../../src/errors.js";
import { createRng, type Rng } from "../../../src/random.js";
import { fixtureBytes } from "../../support/signals.js";

const NO_FFMPEG = { ffmpegPath: "/nowhere/ffmpeg" };
/** One of each way in which sound stands in a file. */
const FILES = [
  "speech.wav",
  "speech-rf64.wav",
  "speech-mp3.wav",
  "speech.aiff",
  "speech.flac",
  "speech-flac.ogg",
  "speech-flac.mp4",
  "speech.mp3",
  "speech-vbr.mp3",
  "speech-no-xing.mp3",
  "speech-mp3.mka",
  "stereo.mp3",
  "speech.ogg",
  "speech-vorbis.webm",
  "speech.opus",
  "speech.webm",
  "speech-live.webm",
  "speech-opus.mp4",
  "speech.m4a",
  "speech-fragments.m4a",
  "speech-alac.m4a",
  "surround.m4a",
  "speech-twos.mov",
  "speech.aac",
] as const;
const MUTANTS = 20;
/** Less is not material: a frame of most codecs, and what encoders pad. */
const MATERIAL_S = 0.1;

interface Mutant {
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** Truncations, lost stretches, zeroed stretches and flipped bits, in turn. */
function mutant(whole: Uint8Array, turn: number, rng: Rng): Mutant {
  const at = Math.floor(rng.float() * whole.length);
  const length = 1 + Math.floor(rng.float() ** 2 * (whole.length / 3));
  if (turn % 2 === 0) return { what: `cut at ${at}`, bytes: whole.slice(0, at) };
  if (turn % 6 === 1) {
    const bytes = Uint8Array.from([...whole.subarray(0, at), ...whole.subarray(at + length)]);
    return { what: `${length} bytes lost at ${at}`, bytes };
  }
  const bytes = whole.slice();
  if (turn % 6 === 3) bytes.fill(0, at, Math.min(whole.length, at + length));
  else for (let k = 0; k < 1 + length / 20; k++) flip(bytes, at + Math.floor(rng.float() * length), rng);
  return { what: `${length} bytes ${turn % 6 === 3 ? "zeroed" : "flipped"} at ${at}`, bytes };
}

function flip(bytes: Uint8Array, at: number, rng: Rng): void {
  if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(rng.float() * 8));
}

const bytesOf = (samples: Float32Array): Buffer => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
const secondsOf = ({ samples, sampleRate }: { readonly samples: Float32Array; readonly sampleRate: number }): number =>
  samples.length / sampleRate;

describe("a damaged file", () => {
  it.each(FILES)(
    "%s: is refused, or gives all its sound, or says that it does not",
    async (file) => {
      const whole = fixtureBytes(file);
      const intact = await decodeAudio(whole, NO_FFMPEG);
      const silent: string[] = [];
      let noticed = 0;
      const rng = createRng(7);
      for (let turn = 0; turn < MUTANTS; turn++) {
        const { what, bytes } = mutant(whole, turn, rng);
        try {
          const decoded = await decodeAudio(bytes, NO_FFMPEG);
          const lost = Math.abs(secondsOf(intact) - secondsOf(decoded));
          if (decoded.notes.length > 0) noticed++;
          else if (lost > MATERIAL_S) silent.push(`${what}: ${lost.toFixed(2)} s`);
        } catch (error) {
          expect(error, what).toBeInstanceOf(AudioError);
          noticed++;
        }
      }
      expect(silent).toEqual([]);
      expect(noticed).toBeGreaterThan(MUTANTS / 3);
    },
    60_000,
  );

  it.each([...FILES, "speech-adpcm.wav", "speech-ac3.mp4"])("%s: gives no note as it is", async (file) => {
    const decoded = await decodeAudio(fixtureBytes(file), NO_FFMPEG).catch((error: unknown) => {
      // The two that only ffmpeg reads.
      expect((error as Error).message).toMatch(/(IMA ADPCM|AC-3).*install ffmpeg or set FFMPEG_PATH/);
      return null;
    });
    expect(decoded?.notes ?? []).toEqual([]);
  });
});

describe("what is found out", () => {
  const whole = fixtureBytes("speech.opus");
  const pageAt = (index: number): number => {
    let at = -1;
    for (let i = 0; i <= index; i++) at = Buffer.from(whole).indexOf("OggS", at + 1);
    return at;
  };

  it("names a page that fails its checksum, and pages that are missing", async () => {
    const flipped = whole.slice();
    const at = pageAt(2) + 60;
    flipped[at] = (flipped[at] as number) ^ 1;
    expect((await decodeAudio(flipped, NO_FFMPEG)).notes.join()).toContain("a page fails its checksum");
    const pages = Buffer.from(fixtureBytes("speech-flac.ogg"));
    const third = [0, 1, 2, 3].map((_, i) => i).reduce((from) => pages.indexOf("OggS", from + 1), 0);
    const next = pages.indexOf("OggS", third + 1);
    const torn = Buffer.concat([pages.subarray(0, third), pages.subarray(next)]);
    expect((await decodeAudio(torn, NO_FFMPEG)).notes.join()).toMatch(/cut short|missing/);
  });

  it("says how much a cut file declares", async () => {
    const cut = fixtureBytes("speech.aiff").subarray(0, 9_000);
    expect((await decodeAudio(cut, NO_FFMPEG)).notes).toEqual(["the file is cut short: it declares 1.11 s, 0.56 s are there"]);
  });

  it("reads the Xing header where it stands, not where a title says so", async () => {
    const title = Buffer.from("TIT2\0\0\0\x11\0\0\x03Info 101: lights", "latin1");
    const tag = Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0", "latin1"), Buffer.from([title.length]), title]);
    const named = Buffer.concat([tag, fixtureBytes("speech.mp3")]);
    expect((await decodeAudio(named, NO_FFMPEG)).notes).toEqual([]);
    const cut = Buffer.concat([tag, fixtureBytes("speech.mp3").subarray(0, 2_500)]);
    expect((await decodeAudio(cut, NO_FFMPEG)).notes.join()).toMatch(/it declares 1\.\d\d s, 0\.\d\d s are there/);
  });

  it("leaves a LIST chunk behind the data of an RF64 file out", async () => {
    const file = fixtureBytes("speech-rf64.wav");
    const list = Buffer.concat([Buffer.from("LIST\x10\0\0\0", "latin1"), Buffer.from("INFOISFTABCDEFGH")]);
    const decoded = await decodeAudio(Buffer.concat([file, list]), NO_FFMPEG);
    expect(decoded.samples.length).toBe((await decodeAudio(file, NO_FFMPEG)).samples.length);
    expect(decoded.notes).toEqual([]);
  });

  it("reads chained Ogg files whole, each part with its own set-up", async () => {
    const once = fixtureBytes("speech.ogg");
    const { samples } = await decodeAudio(once, NO_FFMPEG);
    const twice = await decodeAudio(Buffer.concat([once, once]), NO_FFMPEG);
    expect(twice).toMatchObject({ notes: [], sampleRate: 16_000 });
    expect(Buffer.compare(bytesOf(twice.samples.slice(samples.length)), bytesOf(samples))).toBe(0);
  });

  it("keeps the decoders' own complaints off the console", async () => {
    const { error, warn } = console;
    const heard: unknown[] = [];
    Object.assign(console, { error: (...words: unknown[]) => heard.push(words), warn: (...words: unknown[]) => heard.push(words) });
    try {
      const torn = fixtureBytes("speech.mp3").slice();
      for (let i = 600; i < torn.length; i += 7) torn[i] = 0xff;
      await decodeAudio(torn, NO_FFMPEG).catch(() => undefined);
    } finally {
      Object.assign(console, { error, warn });
    }
    expect(heard).toEqual([]);
  });
});
