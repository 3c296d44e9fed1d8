import { describe, expect, it } from "vitest";
import { Mixer } from "../../../src/audio/files/levels.js";
import { sine, waveOf } from "../../support/signals.js";

const RATE = 16_000;
const notesOf = (...channels: readonly Float32Array[]): readonly string[] => {
  const mixer = new Mixer();
  // In parts, as decoders give them.
  for (let at = 0; at < (channels[0]?.length ?? 0); at += 1_000) {
    mixer.mix(
      channels.map((channel) => channel.subarray(at, at + 1_000)),
      RATE,
    );
  }
  return mixer.notes();
};
const speech = waveOf(RATE, (n) => 0.3 * Math.sin(n / 7) * Math.sin(n / 900));
const noise = (seed: number): Float32Array => {
  let state = seed;
  return waveOf(RATE, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 0.3 * (state / 2 ** 31 - 1);
  });
};

describe("channels", () => {
  it.each([
    ["opposite", speech.map((x) => -x), /^its channels cancel each other out \(opposite phase\): 100 %.*pan=mono\|c0=c0/],
    ["opposite and weaker", speech.map((x) => -0.8 * x), /^its channels cancel/],
    ["opposite for the last fifth", speech.map((x, n) => (n > 0.8 * RATE ? -x : x)), /^its channels cancel/],
  ])("%s: are told", (_name, right, message) => {
    expect(notesOf(speech, right)).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ["the same", speech],
    ["silent", new Float32Array(RATE)],
    ["unrelated", noise(3)],
    ["delayed", waveOf(RATE, (n) => 0.8 * (speech[n - 300] ?? 0))],
  ])("%s: are not", (_name, right) => {
    expect(notesOf(speech, right)).toEqual([]);
  });

  it("six of them, with sound on one, are not", () => {
    expect(notesOf(speech, ...Array.from({ length: 5 }, () => new Float32Array(RATE)))).toEqual([]);
  });

  it("are averaged, and two equal ones are one where the decoder makes two of one", () => {
    const mixer = new Mixer();
    expect([...mixer.mix([Float32Array.of(1, 0), Float32Array.of(0, 0.5)], RATE)]).toEqual([0.5, 0.25]);
    expect(mixer.channels(true)).toBe(2);
    const same = new Mixer();
    same.mix([speech, speech], RATE);
    expect([same.channels(true), same.channels(false)]).toEqual([1, 2]);
  });
});

describe("levels", () => {
  it.each([
    ["silence", new Float32Array(RATE), /^it is silent/],
    ["one value throughout", new Float32Array(RATE).fill(0.25), /^it is silent/],
    ["dither", waveOf(RATE, (n) => (n % 2) / 2 ** 16), /^it is silent/],
    ["integers as floats", speech.map((x) => x * 32_768), /^its samples reach \d+ times full scale/],
    ["integers multiplied past their range", speech.map((x) => Math.max(-1, Math.min(1, x * 32_768))), /^it is clipped: \d+ %/],
    ["a clip driven too hard", speech.map((x) => Math.max(-1, Math.min(1, 6 * x))), /^it is clipped/],
  ])("%s: is told", (_name, wave, message) => {
    expect(notesOf(wave)).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ["speech", speech],
    ["a loud sine", sine(440, 1, RATE, 1)],
    ["one loud click", waveOf(RATE, (n) => (n === 500 ? 1 : 0.1 * Math.sin(n)))],
    ["overshoot of a lossy codec", sine(440, 1, RATE, 1.3)],
    ["very quiet speech", speech.map((x) => x / 300)],
  ])("%s: is not", (_name, wave) => {
    expect(notesOf(wave)).toEqual([]);
  });
});
