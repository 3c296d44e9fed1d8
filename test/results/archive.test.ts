import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Archive, isArchive, packArchive, unpackArchive } from "../../src/results/archive.js";
import type { Recording } from "../../src/results/recording.js";
import { SAMPLES, sampleResult } from "../support/samples.js";

const result = sampleResult(SAMPLES.text);
const answer = (text: string) => ({
  text,
  token_ids: [1, 2],
  modalities: [0, 0] as const,
  audio: { frames: 0, codebooks: 0, codes: [] },
  finish_reason: "stop" as const,
});
const recording: Recording = {
  schema: "mllm-shap/recording@1",
  tool: { name: "mllm-shap", version: "1.2.3" },
  spec: result.spec,
  given: ["explain.budget"],
  inputs: [],
  model: result.model,
  encoder: null,
  aligner: null,
  runtime: result.runtime,
  warnings: [],
  notes: [],
  payoff: "tfidf",
  tokens: { turns_number: 1, texts: ["a"], turns: [1], roles: [0], modalities: [0], times: [null] },
  players: [],
  tree: { name: "all", children: [] },
  target: { ...answer("on"), tokens: ["on", "."], frame_seconds: null },
  needs: "responses",
  answers: [answer("on"), answer("öff\n")],
  asked: [
    { fingerprint: "f0", answer: 0 },
    { fingerprint: "f1", answer: 1 },
  ],
  coalitions: ["AA==", "AQ==", "Ag=="],
  input_of: [0, 1, 0],
};
const archive: Archive = { result, recording };

/** The archive with its lines changed. */
async function changed(change: (lines: string[]) => readonly string[]): Promise<Uint8Array> {
  const lines = gunzipSync(await packArchive(archive))
    .toString()
    .trimEnd()
    .split("\n");
  return gzipSync(`${change(lines).join("\n")}\n`);
}

const line = (at: number, edit: (line: string) => string) => (lines: string[]) => lines.map((one, i) => (i === at ? edit(one) : one));

describe("an archive", () => {
  it("gives back what was packed, without what differs from run to run, as the same bytes each time", async () => {
    const packed = await packArchive(archive);
    expect(isArchive(packed)).toBe(true);
    const { run: _, ...rest } = result;
    expect(await unpackArchive(packed, "run.mshap")).toEqual({ result: rest, recording });
    expect(Buffer.from(await packArchive(archive)).equals(packed)).toBe(true);
    expect(packed[9]).toBe(255);
  });

  it("that holds a line longer than the parts it is unpacked in comes back whole", async () => {
    const long = { ...recording, notes: ["é".repeat(300_000)] };
    expect((await unpackArchive(await packArchive({ result, recording: long }), "x")).recording.notes).toEqual(long.notes);
  });

  it.each<[string, (lines: string[]) => readonly string[], RegExp]>([
    ["of another version", line(0, (head) => head.replace("archive@1", "archive@2")), /^x:1: not a valid mllm-shap\/archive@1: schema: /],
    ["that promises more", line(0, (head) => head.replace('"coalitions":3', '"coalitions":4')), /^x:11: the archive ends here/],
    ["that goes on", (lines) => [...lines, "{}"], /^x:11: the archive goes on here/],
    ["with a count that is none", line(0, (head) => head.replace('"answers":2', '"answers":1e99')), /^x:1: .*answers/],
    ["with a key of its own", line(5, (input) => input.replace("{", '{"more":1,')), /^x:6: .*Unrecognized key/],
    ["with a coalition that is a number", line(7, () => '{"coalition":1,"input":0}'), /^x:8: .*coalition: /],
    ["whose result is none", line(1, () => '{"result":{}}'), /^x:2: not a valid mllm-shap\/result@/],
    ["that is nested without end", line(2, () => `{"recording":${"[".repeat(100_000)}`), /^x:3: is nested deeper than 64 levels$/],
    ["that is no JSON", line(3, () => "nothing"), /^x:4: not JSON: /],
    ["that is empty", () => [], /^x:1: not JSON/],
  ])("%s is refused in one line, by its place", async (_, change, says) => {
    const error = await unpackArchive(await changed(change), "x").catch((caught: unknown) => caught as Error);
    expect((error as Error).message).toMatch(says);
    expect((error as Error).message).not.toContain("\n");
  });

  it("that was damaged, cut off, or is none, is refused", async () => {
    const packed = await packArchive(archive);
    const flipped = packed.slice();
    const middle = packed.length >> 1;
    flipped[middle] = (flipped[middle] as number) ^ 0x10;
    for (const bytes of [flipped, packed.slice(0, -9), packed.slice(0, 3)]) {
      await expect(unpackArchive(bytes, "x")).rejects.toThrow(/^x(:\d+)?: (the archive is damaged or cut off: |not JSON: |not a valid )/);
    }
    await expect(unpackArchive(Buffer.from("{}"), "x")).rejects.toThrow("x: not a mllm-shap/archive@1");
    await expect(unpackArchive(gzipSync(Buffer.from([0xff, 0xfe, 0x0a])), "x")).rejects.toThrow(/^x: the archive is damaged or cut off/);
  });

  it("that swells to more than its bounds is given up before it is read", async () => {
    await expect(unpackArchive(gzipSync(Buffer.alloc(65 * 1024 ** 2, " ")), "x")).rejects.toThrow("x: holds more than an archive may");
  });
});
