import { decode } from "fast-png";
import { expect, it } from "vitest";
import { clipsOf } from "../../../src/views/sound/clips.js";
import { envelope, spectrogramPng } from "../../../src/views/sound/pictures.js";
import { SAMPLES, sampleResult } from "../../support/samples.js";
import { soundResult } from "../../support/sound.js";

it("a result with sound has its clip whole again, each stretch where it was", () => {
  const [clip, ...rest] = clipsOf(soundResult());
  expect(rest).toEqual([]);
  expect(clip).toMatchObject({ index: 0, turn: 1, seconds: 0.75 });
  expect(clip?.units.map(({ player, startS, endS }) => [player.text, startS, endS])).toEqual([
    ["the", 0, 0.25],
    ["light", 0.25, 0.5],
    ["on", 0.5, 0.75],
  ]);
  expect(clip?.wave?.samples).toHaveLength(0.75 * 16_000);
});

it("one without sound has its stretches, and text has none", () => {
  expect(clipsOf(sampleResult(SAMPLES.audio))).toMatchObject([{ seconds: 0.75, wave: null, units: [{}, {}, {}] }]);
  expect(clipsOf(sampleResult(SAMPLES.text))).toEqual([]);
});

it("a group of several stretches stands at each of them", () => {
  const result = soundResult();
  const [first, , last, ...others] = result.players;
  if (first === undefined || last === undefined) throw new Error("the sample has three segments");
  const group = { ...first, kind: "group" as const, text: "the … on", tokens: [...first.tokens, ...last.tokens], end_s: 0.75 };
  const units = clipsOf({ ...result, players: [group, ...others] })[0]?.units;
  expect(units?.map(({ player, startS, endS }) => [player.text, startS, endS])).toEqual([
    ["the … on", 0, 0.25],
    ["the … on", 0.5, 0.75],
  ]);
});

it("the waveform is drawn from least to greatest sample, in shares of the loudest", () => {
  const samples = Float32Array.from({ length: 100 }, (_, i) => (i < 50 ? 0 : i % 2 === 0 ? 0.5 : -0.25));
  const columns = envelope({ samples, sampleRate: 100 }, 0, 1, 4);
  expect(columns.map(({ low, high }) => [low, high])).toEqual([
    [0, 0],
    [0, 0],
    [-0.5, 1],
    [-0.5, 1],
  ]);
});

it("a tone is a dark line of the spectrogram at its height, higher tones higher", () => {
  const wave = clipsOf(soundResult())[0]?.wave;
  if (wave == null) throw new Error("the sample has sound");
  const darkest = [0, 0.25, 0.5].map((fromS) => {
    const { width, height, data } = decode(spectrogramPng(wave, fromS + 0.05, fromS + 0.2));
    const rows = Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => data[y * width + x] ?? 0).reduce((a, b) => a + b, 0),
    );
    return rows.indexOf(Math.min(...rows));
  });
  // Tones of 400, 800 and 1,200 Hz.
  expect(darkest[0]).toBeGreaterThan(darkest[1] ?? 0);
  expect(darkest[1]).toBeGreaterThan(darkest[2] ?? 0);
});
