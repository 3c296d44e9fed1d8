import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readAudioFile } from "../../../src/audio/files/read_file.js";
import { fixtureBytes } from "../../support/signals.js";

const fixture = (name: string): string => fileURLToPath(new URL(`../../../fixtures/audio/${name}`, import.meta.url));

describe("readAudioFile", () => {
  it("reads a file", async () => {
    expect(Buffer.compare(await readAudioFile(fixture("speech.mp3")), fixtureBytes("speech.mp3"))).toBe(0);
  });

  it.each([
    ["a missing file", "nowhere.wav", /nowhere\.wav: no such file$/],
    ["a folder", "", /: not a regular file$/],
    ["too many bytes", "speech.wav", /speech\.wav: the audio file has 35694 bytes; at most 1000 are read$/],
  ])("refuses %s by name", async (_what, name, message) => {
    await expect(readAudioFile(fixture(name), { maxSeconds: 60, maxBytes: 1_000 })).rejects.toThrow(message);
  });
});
