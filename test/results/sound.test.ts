import { expect, it } from "vitest";
import { buildResult } from "../../src/results/build_result.js";
import { hasSound, withoutSound } from "../../src/results/sound.js";
import { tokenRows } from "../../src/results/tokens.js";
import { SAMPLES, sampleParts, sampleResult } from "../support/samples.js";
import { soundResult } from "../support/sound.js";

it("tells sound from what is said, and takes it away", () => {
  const result = soundResult();
  expect(hasSound(result)).toBe(true);
  expect(hasSound(withoutSound(result))).toBe(false);
  expect(
    tokenRows(result)
      .filter(({ contentType }) => contentType === 1)
      .map(({ content }) => content),
  ).toEqual(["the", "light", "on"]);
  const silent = sampleResult(SAMPLES.audio);
  expect(withoutSound(silent)).toBe(silent);
});

it("stretches stand beside the sound, the same as without it", () => {
  const parts = sampleParts(SAMPLES.audio);
  const [sound, segments] = (["base64", "segments"] as const).map((audioContent) => buildResult({ ...parts, audioContent }));
  expect(sound?.conversation.flat().find(({ content_type }) => content_type === 1)?.segments).toEqual(
    segments?.conversation.flat().find(({ content_type }) => content_type === 1)?.segments,
  );
});

it("a result of before, with sound and no stretches, has its words from the players", () => {
  const result = soundResult();
  const conversation = result.conversation.map((turn) => turn.map(({ segments: _, ...entry }) => entry));
  const rows = tokenRows({ ...result, conversation }).filter(({ contentType }) => contentType === 1);
  expect(rows.map(({ content, startS }) => [content, startS])).toEqual([
    ["the", 0],
    ["light", 0.25],
    ["on", 0.5],
  ]);
});
