import { describe, expect, it } from "vitest";
import type { AudioSegment } from "../../src/chat/audio_segment.js";
import { requireAligner, requireSegments, strayUnit, withAudioOf } from "../../src/chat/segments_check.js";
import { ConnectorError } from "../../src/errors.js";

const RATE = 1_000;
const word = (token: string, startSample: number, endSample: number, rest: object = {}): AudioSegment => ({
  token,
  startSample,
  endSample,
  sampleRate: RATE,
  startTime: startSample / RATE,
  endTime: endSample / RATE,
  duration: (endSample - startSample) / RATE,
  confidence: 1,
  audio: null,
  audioFormat: null,
  boundaryRefined: false,
  ...rest,
});
const GOOD = [word("one", 0, 200), word("two", 200, 700), word("three", 800, 1_010)];

describe("requireSegments", () => {
  it("takes stretches one after the other, and an end that a codec moved", () => {
    expect(requireSegments(GOOD, ["one", "two", "three"], 1)).toEqual(GOOD);
    expect(requireSegments(GOOD, ["one", "—", "two", "three", "!"], 1)).toEqual(GOOD);
    expect(requireSegments(GOOD, "whatever the aligner makes of it", 1)).toEqual(GOOD);
  });

  it.each([
    ["nothing", [], /No audio segments were created/],
    ["no list", null, /must be an array, not null/],
    ["a hole", [GOOD[0], null], /segment 2 of the aligner must be an object/],
    ["one beyond the clip", [word("one", 0, 62_500)], /ends at 62.5 s, but the clip has 1 s/],
    ["overlapping ones", [word("one", 0, 400), word("two", 300, 700)], /begins at 0.3 s, but the one before it ends at 0.4 s/],
    ["ones out of order", [word("two", 500, 700), word("one", 0, 400)], /begins at 0 s/],
    ["a negative start", [word("one", -5, 400)], /-5 … 400/],
    ["an empty one", [word("one", 400, 400)], /the end after the start/],
    ["one that ends before it starts", [word("one", 400, 300)], /the end after the start/],
    ["half a sample", [word("one", 0.5, 300)], /whole numbers/],
    ["NaN samples", [word("one", Number.NaN, 300)], /NaN … 300/],
    ["NaN times", [word("one", 0, 300, { startTime: Number.NaN })], /is said at NaN/],
    ["times that are other samples'", [word("one", 0, 300, { endTime: 0.9 })], /its samples are those at 0 … 0.3 s/],
    ["no rate", [word("one", 0, 300, { sampleRate: 0 })], /sample rate 0/],
    ["no confidence", [word("one", 0, 300, { confidence: Number.NaN })], /confidence NaN/],
    ["a confidence above 1", [word("one", 0, 300, { confidence: 3 })], /confidence 3/],
    ["no text", [word("one", 0, 300, { token: 7 })], /has no text/],
    ["audio that is none", [word("one", 0, 300, { audio: "wav" })], /audio that is no bytes/],
  ])("refuses %s", (_, given, reason) => {
    expect(() => requireSegments(given, "one two", 1)).toThrow(ConnectorError);
    expect(() => requireSegments(given, "one two", 1)).toThrow(reason);
  });

  it.each([
    [["one", "two"], /segment "three" that no unit/],
    [["one", "two", "three", "four"], /no segment for "four"/],
    [["two", "one", "three"], /no segment for "two"/],
    [["One", "two", "three"], /no segment for "One"/],
  ])("refuses segments that are not the units %j", (units, reason) => {
    expect(() => requireSegments(GOOD, units, 1)).toThrow(reason);
    expect(strayUnit(GOOD, units.join(" "))).toMatch(reason);
  });
});

describe("withAudioOf", () => {
  const sound = Uint8Array.of(1, 2);
  it("takes the sound and nothing else", () => {
    const attached = GOOD.map((one) => ({ ...one, token: "other", startSample: 9, audio: sound, audioFormat: "wav" }));
    expect(withAudioOf(GOOD, attached)).toEqual(GOOD.map((one) => ({ ...one, audio: sound, audioFormat: "wav" })));
  });

  it.each([
    [undefined, /must be an array/],
    [[], /audio for 0 segments, but there are 3/],
    [[GOOD[0], null, GOOD[2]], /no audio for segment 1/],
    [GOOD.map((one) => ({ ...one, audio: new Uint8Array(0) })), /no audio for segment 1 \("one"\)/],
  ])("refuses %j", (attached, reason) => {
    expect(() => withAudioOf(GOOD, attached)).toThrow(ConnectorError);
    expect(() => withAudioOf(GOOD, attached)).toThrow(reason);
  });
});

describe("requireAligner", () => {
  it.each([null, 3, {}, { align: () => [] }, { align: 1, attachAudioToSegments: () => [] }])("refuses %j", (aligner) => {
    expect(() => requireAligner(aligner)).toThrow(ConnectorError);
  });
});
