import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunksOf, frameCount } from "../../src/alignment/chunks.js";
import { energyPauses, quietFrames, statesBetweenWords } from "../../src/alignment/pauses.js";
import { segmentSamples } from "../../src/alignment/segment_samples.js";
import { wordEdges } from "../../src/alignment/word_edges.js";
import { waveOf } from "../support/signals.js";

/** 0.3 s sound, 0.4 s quiet, 0.3 s sound, with a faint floor. */
const SPEECH = waveOf(16_000, (n) => (n < 4_800 || n >= 11_200 ? 0.3 * Math.sin(n / 5) : 0.001 * Math.sin(n)));

describe("energyPauses", () => {
  it("finds the quiet stretch, a little inside", () => {
    const pauses = energyPauses(SPEECH, 16_000);
    expect(pauses.length).toBe(1);
    expect(pauses[0]?.start).toBeGreaterThan(0.3);
    expect(pauses[0]?.start).toBeLessThan(0.34);
    expect(pauses[0]?.end).toBeGreaterThan(0.66);
    expect(pauses[0]?.end).toBeLessThan(0.7);
  });

  it("is deaf to level, and knows the clip's own edges", () => {
    expect(
      energyPauses(
        SPEECH.map((x) => x / 100),
        16_000,
      ),
    ).toEqual(energyPauses(SPEECH, 16_000));
    const late = Float32Array.from([...new Float32Array(8_000), ...SPEECH.subarray(0, 4_800), ...new Float32Array(8_000)]);
    const pauses = energyPauses(late, 16_000);
    expect(pauses[0]?.start).toBe(0);
    expect(pauses.at(-1)?.end).toBe(late.length / 16_000);
  });

  it("finds none in steady sound, in silence, or in nothing", () => {
    expect(energyPauses(SPEECH.subarray(0, 4_800), 16_000)).toEqual([]);
    expect(energyPauses(new Float32Array(16_000), 16_000)).toEqual([]);
    expect(energyPauses(new Float32Array(0), 16_000)).toEqual([]);
  });

  it("gates frames well inside long pauses only", () => {
    const quiet = quietFrames(
      [
        { start: 0.2, end: 0.5 },
        { start: 0.6, end: 0.75 },
      ],
      50,
      (t) => t * 0.02,
    );
    expect([...quiet].flatMap((q, t) => (q === 1 ? [t] : []))).toEqual([13, 14, 15, 16, 17, 18, 19, 20, 21, 22]);
  });

  it("opens to pauses only what stands between words", () => {
    // Words 0 (two letters) and 1 (one letter) with a separator: states ␣A␣B␣|␣C␣.
    expect([...statesBetweenWords(Int32Array.of(0, 0, -1, 1))]).toEqual([1, 0, 0, 0, 1, 1, 1, 0, 1]);
    expect([...statesBetweenWords(Int32Array.of(0, 1))]).toEqual([1, 0, 1, 0, 1]);
  });
});

describe("wordEdges", () => {
  const spikes = [
    { first: 0.1, last: 0.3 },
    { first: 0.34, last: 0.5 },
    { first: 1.02, last: 1.2 },
  ];

  it("meets in the middle between words and at the edges of a pause", () => {
    const edges = wordEdges(spikes, [{ start: 0.55, end: 0.98 }]);
    expect(edges.map(({ start, end }) => [start, end].map((s) => Math.round(s * 1000)))).toEqual([
      [90, 320],
      [320, 550],
      [980, 1_210],
    ]);
    expect(edges.map(({ refined }) => refined)).toEqual([false, true, true]);
  });

  it("leaves a breath after a pause out, and a long gap without a pause", () => {
    expect(wordEdges(spikes, [{ start: 0.55, end: 0.7 }])[2]?.start).toBeCloseTo(1.01, 9);
    const gap = wordEdges(spikes, []);
    expect([gap[1]?.end, gap[2]?.start]).toEqual([expect.closeTo(0.51, 9), expect.closeTo(1.01, 9)]);
  });

  it("never crosses a word's own letters", () => {
    const [only] = wordEdges([{ first: 0.5, last: 0.6 }], [{ start: 0.2, end: 0.8 }]);
    expect(only?.start).toBeLessThanOrEqual(0.6);
    expect(only?.end).toBeGreaterThanOrEqual(0.5);
  });
});

describe("segmentSamples", () => {
  const times = fc
    .array(fc.record({ start: fc.double({ min: 0, max: 1.2, noNaN: true }), length: fc.double({ min: -0.1, max: 0.3, noNaN: true }) }), {
      maxLength: 20,
    })
    .map((list) => list.toSorted((a, b) => a.start - b.start).map(({ start, length }) => ({ start, end: start + length })));

  it("gives at least 50 ms each, in order, without overlap, within the clip", () => {
    fc.assert(
      fc.property(times, fc.constantFrom(8_000, 16_000, 44_100), (list, rate) => {
        const spans = segmentSamples(list, rate, rate);
        let before = 0;
        for (const { startSample, endSample } of spans) {
          expect(startSample).toBeGreaterThanOrEqual(before);
          expect(endSample - startSample).toBeGreaterThanOrEqual(Math.floor(0.05 * rate));
          before = endSample;
        }
        expect(before).toBeLessThanOrEqual(rate);
      }),
    );
  });

  it("keeps the given times where nothing moves", () => {
    expect(segmentSamples([{ start: 0.1, end: 0.25 }], 16_000, 16_000)).toEqual([
      { startSample: 1_600, endSample: 4_000, startTime: 0.1, endTime: 0.25 },
    ]);
  });

  it("says where a clip is too short for so many", () => {
    expect(() =>
      segmentSamples(
        Array.from({ length: 3 }, () => ({ start: 0, end: 0 })),
        1_600,
        16_000,
      ),
    ).toThrow("the transcript does not fit the audio: 3 times 50 ms at least do not go into 0.10 s");
  });
});

describe("chunksOf", () => {
  it("covers every frame once, in whole strides, with the samples that each needs", () => {
    const geometry = { stride: 320, receptive: 400 };
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 50_000 }), fc.integer({ min: 1, max: 40 }), fc.nat(10), (samples, frames, context) => {
        let next = 0;
        for (const chunk of chunksOf(samples, geometry, frames, context)) {
          expect(chunk.firstFrame).toBe(next);
          expect(chunk.firstSample).toBe((chunk.firstFrame - chunk.skip) * 320);
          expect(frameCount(chunk.endSample - chunk.firstSample, geometry)).toBeGreaterThanOrEqual(
            chunk.endFrame - chunk.firstFrame + chunk.skip,
          );
          expect(chunk.endSample).toBeLessThanOrEqual(samples);
          next = chunk.endFrame;
        }
        expect(next).toBe(frameCount(samples, geometry));
      }),
    );
  });
});
