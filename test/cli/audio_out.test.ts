import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DECODE_LIMITS } from "../../src/audio/files/limits.js";
import { readWav } from "../../src/audio/files/wav_read.js";
import type { Result } from "../../src/results/result_schema.js";
import { rms } from "../support/signals.js";
import { folderWith, LIGHT, run } from "./run.js";

/** Six text tokens of "sorry, i did not get that" come before the first sound. */
const SPOKEN = `model: {connector: liquid-audio, repo: embedded:nano}
generation: {history: text_audio, max_new_tokens: 14}
messages:
  - {role: system, content: Respond with interleaved text and audio.}
  - {role: user, content: the whale of my uncle}
explain: {players: sentence}
`;

describe("--audio-out", () => {
  test("writes the answer's sound: 1,920 samples a frame, at 24 kHz", async () => {
    const folder = folderWith({ "conv.yaml": SPOKEN });
    const { code, stderr } = await run(["explain", "conv.yaml", "-q", "--audio-out", "answer.wav", "-o", "out.json"], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { response } = JSON.parse(readFileSync(join(folder, "out.json"), "utf8")) as Result;
    const { samples, sampleRate } = readWav(readFileSync(join(folder, "answer.wav")), DECODE_LIMITS);
    const frames = response.audio?.frames as number;
    // A last frame may only say that the sound ends.
    expect([frames, frames - 1]).toContain(samples.length / 1920);
    expect(samples.length).toBeGreaterThan(0);
    expect(sampleRate).toBe(24_000);
    expect(rms(samples)).toBeGreaterThan(0);
  });

  test.each([
    [
      "a text model",
      LIGHT,
      ["--audio-out", "a.wav"],
      "--audio-out a.wav: connector transformers-text gives text only; sound takes a model for liquid-audio or speech",
    ],
    [
      "an answer without sound",
      LIGHT.replace("transformers-text", "liquid-audio"),
      ["--audio-out", "a.wav"],
      "--audio-out a.wav: the answer is text only; ask for sound too with generation.history: text_audio",
    ],
    ["another format", LIGHT, ["--audio-out", "a.ogg"], "--audio-out a.ogg: must end in .wav, or in .mp3 (which takes ffmpeg)"],
    [
      "several specs",
      LIGHT,
      ["conv.yaml", "--audio-out", "a.wav"],
      "--audio-out a.wav: one file holds one answer; explain one spec at a time",
    ],
    ["a folder that is not there", LIGHT, ["--audio-out", "no/a.wav"], /--audio-out no\/a\.wav: there is no folder .*no; make it first/],
  ])("%s is refused in one line", async (_, spec, args, says) => {
    const { code, stdout, stderr } = await run(["explain", "conv.yaml", "-q", ...args], { cwd: folderWith({ "conv.yaml": spec }) });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});
