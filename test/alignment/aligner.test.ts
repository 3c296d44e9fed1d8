import { afterAll, describe, expect, it } from "vitest";
import { SpectrogramGuidedAligner } from "../../src/alignment/aligner.js";
import { decodeAudio } from "../../src/audio/files/decode.js";
import { resample } from "../../src/audio/signal/resample.js";
import { ConnectorError } from "../../src/errors.js";
import type { RunEvent } from "../../src/events.js";
import { fixtureBytes } from "../support/signals.js";

const events: RunEvent[] = [];
const aligner = new SpectrogramGuidedAligner({ threads: 1, onEvent: (event) => events.push(event) });
afterAll(() => aligner.dispose());

const speech = fixtureBytes("speech.wav");
const SENTENCE = "turn on the light";
const { samples: WAVE } = await decodeAudio(speech);

describe("SpectrogramGuidedAligner", () => {
  it("finds the words of a spoken command", async () => {
    const segments = await aligner.align(speech, SENTENCE);
    expect(segments.map(({ token }) => token)).toEqual(["turn", "on", "the", "light"]);
    // By ear and waveform: turn 0.01, on 0.25, the 0.36, light 0.48 to 0.83 s.
    [0.01, 0.25, 0.36, 0.48].forEach((start, i) => {
      expect(Math.abs((segments[i]?.startTime ?? 9) - start)).toBeLessThan(0.04);
    });
    for (const { startSample, endSample, startTime, sampleRate, duration, endTime } of segments) {
      expect(startSample).toBe(Math.floor(startTime * sampleRate + 1e-3));
      expect(endSample).toBeGreaterThan(startSample);
      expect(duration).toBeCloseTo(endTime - startTime, 5);
    }
  });

  it("hears the same in another format and at another rate", async () => {
    const reference = await aligner.align(speech, SENTENCE);
    const upsampled = await aligner.align({ waveform: resample(WAVE, 16_000, 44_100), originalSampleRate: 44_100 }, SENTENCE);
    const mp3 = await aligner.align(fixtureBytes("speech.mp3"), SENTENCE);
    reference.forEach(({ startTime, endTime }, i) => {
      expect(upsampled[i]?.sampleRate).toBe(44_100);
      expect(Math.abs((upsampled[i]?.startTime ?? 9) - startTime)).toBeLessThan(0.025);
      expect(Math.abs((upsampled[i]?.endTime ?? 9) - endTime)).toBeLessThan(0.025);
      expect(Math.abs((mp3[i]?.startTime ?? 9) - startTime)).toBeLessThan(0.08);
    });
  });

  it("groups into the caller's units and passes over what is not said", async () => {
    const words = await aligner.align(speech, SENTENCE);
    const units = await aligner.align(speech, ["turn on", "—", "the light"]);
    expect(units.map(({ token }) => token)).toEqual(["turn on", "the light"]);
    expect(units[0]?.startTime).toBe(words[0]?.startTime);
    expect(units[0]?.endTime).toBe(words[1]?.endTime);
    expect(units[1]?.endTime).toBe(words[3]?.endTime);
  });

  it("lets a script that the model cannot read take its own stretch and no more", async () => {
    const words = await aligner.align(speech, SENTENCE);
    const foreign = await aligner.align(speech, "turn on это light");
    expect(foreign.map(({ token }) => token)).toEqual(["turn", "on", "это", "light"]);
    expect(Math.abs((foreign[3]?.startTime ?? 9) - (words[3]?.startTime ?? 0))).toBeLessThan(0.06);
    expect(Math.abs((foreign[1]?.startTime ?? 9) - (words[1]?.startTime ?? 0))).toBeLessThan(0.06);
  });

  it("gives the same bytes every time", async () => {
    expect(await aligner.align(speech, SENTENCE)).toEqual(await aligner.align(speech, SENTENCE));
  });

  it("cuts every segment's own audio", async () => {
    const segments = await aligner.align(speech, SENTENCE);
    const attached = await aligner.attachAudioToSegments(segments, { audio: speech, format: "wav" });
    for (const segment of attached) {
      expect(segment.audioFormat).toBe("wav");
      const cut = await decodeAudio(segment.audio ?? new Uint8Array(0));
      expect(cut.samples.length).toBe(segment.endSample - segment.startSample);
      expect(cut.samples[100]).toBeCloseTo(WAVE[segment.startSample + 100] as number, 3);
    }
  });

  it("cuts WAV whatever the clip's bytes are, with no need to be told, and from no other clip", async () => {
    const segments = await aligner.align(speech, SENTENCE);
    for (const source of [{ audio: speech, format: "mp3" }, { audio: speech }, { audio: fixtureBytes("speech.mp3"), format: "wav" }]) {
      const attached = await aligner.attachAudioToSegments(segments, source);
      expect(attached.map(({ audioFormat }) => audioFormat)).toEqual(["wav", "wav", "wav", "wav"]);
      expect(Buffer.from(attached[0]?.audio?.subarray(0, 4) ?? []).toString()).toBe("RIFF");
    }
    const short = { waveform: WAVE.slice(0, 6_000), originalSampleRate: 16_000 };
    await expect(aligner.attachAudioToSegments(segments, short)).rejects.toThrow(/segment \d has the samples .* not in audio of 0.38 s/);
  });

  it.each([
    ["align(null)", () => aligner.align(null as never, SENTENCE)],
    ["align of a name", () => aligner.align("speech.wav" as never, SENTENCE)],
    ["align of no samples", () => aligner.align({} as never, SENTENCE)],
    ["align of a list of samples", () => aligner.align({ waveform: [0, 1] } as never, SENTENCE)],
    ["align of NaN samples", () => aligner.align({ waveform: Float32Array.of(0, Number.NaN) }, SENTENCE)],
    ["align at no rate", () => aligner.align({ waveform: WAVE, originalSampleRate: 0 }, SENTENCE)],
    ["align to 3", () => aligner.align(speech, 3 as never)],
    ["align to null", () => aligner.align(speech, null as never)],
    ["align to numbers", () => aligner.align(speech, [1] as never)],
    ["segments of null", () => aligner.attachAudioToSegments(null as never, { audio: speech })],
    ["segments that are none", () => aligner.attachAudioToSegments([{}] as never, { audio: speech })],
    ["audio that is none", () => aligner.attachAudioToSegments([], {} as never)],
    ["no audio", () => aligner.attachAudioToSegments([], null as never)],
  ])("%s is refused by name", async (_, call) => {
    await expect(call()).rejects.toThrow(ConnectorError);
  });

  it("warns of words that are not said", async () => {
    events.length = 0;
    await aligner.align(speech, "zebra quickly jumps over");
    expect(events.find(({ kind }) => kind === "warning")).toMatchObject({
      message: expect.stringMatching(/may not be what is said|is unsure of "/),
    });
    events.length = 0;
    await aligner.align(speech, SENTENCE);
    expect(events.filter(({ kind }) => kind === "warning")).toEqual([]);
  });

  it("hears a long clip in chunks as it hears a short one", async () => {
    const long = new Float32Array(45 * 16_000);
    const starts = [2, 19.4, 21.3, 39.8];
    for (const s of starts) long.set(WAVE, s * 16_000);
    const segments = await aligner.align({ waveform: long }, starts.map(() => SENTENCE).join(" "));
    const alone = await aligner.align(speech, SENTENCE);
    expect(segments.length).toBe(16);
    segments.forEach(({ startTime }, i) => {
      const expected = (starts[Math.floor(i / 4)] as number) + (alone[i % 4]?.startTime ?? 0);
      expect(Math.abs(startTime - expected)).toBeLessThan(0.06);
    });
  });

  it.each([
    ["an empty transcript", "", "no letter or digit"],
    ["too long a transcript", "word ".repeat(60), "the transcript does not fit the audio"],
  ])("refuses %s", async (_name, transcript, message) => {
    await expect(aligner.align(speech, transcript)).rejects.toThrow(message);
  });

  it("refuses what is no audio, no waveform, or no model", async () => {
    await expect(aligner.align(Buffer.from("hello"), "hello")).rejects.toThrow("not an audio file");
    await expect(aligner.align({ waveform: new Float32Array(0) }, "hello")).rejects.toThrow("the waveform to align is empty");
    await expect(new SpectrogramGuidedAligner({ modelName: "/nowhere/model" }).align(speech, "hello")).rejects.toThrow("does not exist");
    await expect(new SpectrogramGuidedAligner({ modelName: "embedded:nothing" }).align(speech, "hello")).rejects.toThrow("does not exist");
    await expect(new SpectrogramGuidedAligner({ modelName: "owner/name", offline: true }).align(speech, "hello")).rejects.toThrow(
      "not cached",
    );
  });

  it.each(["spectrogram", "none"] as const)("offers the rule %s for comparison", async (boundaryRule) => {
    const other = new SpectrogramGuidedAligner({ boundaryRule, threads: 1 });
    const segments = await other.align(speech, SENTENCE);
    await other.dispose();
    expect(segments.map(({ token }) => token)).toEqual(["turn", "on", "the", "light"]);
    for (let i = 1; i < segments.length; i++) expect(segments[i]?.startSample).toBeGreaterThanOrEqual(segments[i - 1]?.endSample as number);
  });
});
