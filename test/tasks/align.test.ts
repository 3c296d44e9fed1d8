import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/events.js";
import { align } from "../../src/tasks/align.js";
import { fixtureBytes } from "../support/signals.js";

const aligner = { threads: 1 };

describe("align", () => {
  it("gives the units with their times and says what it was made from", async () => {
    const alignment = await align({
      audio: fixtureBytes("speech.opus"),
      path: "speech.opus",
      transcript: ["turn on", "the light"],
      aligner,
    });
    expect(alignment).toMatchObject({
      audio: { path: "speech.opus", decoder: "wasm:opus" },
      model: "embedded:nano-ctc",
      boundaryRule: "pauses",
      warnings: [],
    });
    expect(alignment.audio.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(alignment.segments.map(({ token }) => token)).toEqual(["turn on", "the light"]);
    expect(alignment.segments[1]?.endS).toBeLessThanOrEqual(alignment.audio.seconds);
    expect(alignment.waveform.samples.length / alignment.waveform.sampleRate).toBe(alignment.audio.seconds);
  });

  it("keeps its warnings in the result and tells them as well", async () => {
    const told: RunEvent[] = [];
    const cut = fixtureBytes("speech.wav").subarray(0, 30_000);
    const { warnings } = await align(
      { audio: cut, path: null, transcript: "turn on the light", aligner },
      { onEvent: (event) => told.push(event) },
    );
    expect(warnings[0]).toContain("the file is cut short");
    expect(told.flatMap((event) => (event.kind === "warning" ? [event.message] : []))).toEqual(warnings);
  });

  it("stops when asked to", async () => {
    const run = { signal: AbortSignal.abort() };
    await expect(align({ audio: fixtureBytes("speech.wav"), path: null, transcript: "turn on", aligner }, run)).rejects.toThrow(/abort/i);
  });
});
