import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { folderWith, run } from "./run.js";

const SPEECH = fileURLToPath(new URL("../../fixtures/audio/speech.wav", import.meta.url));
const TEXT = ["--transcript", "turn on the light"];

describe("align", () => {
  test("prints word times as JSON in a pipe, and as whatever is asked for", async () => {
    const json = await run(["align", SPEECH, ...TEXT]);
    expect(json).toMatchObject({ code: 0, stderr: "" });
    const { segments } = JSON.parse(json.stdout);
    expect(segments.map(({ token }: { token: string }) => token)).toEqual(["turn", "on", "the", "light"]);
    const vtt = await run(["align", SPEECH, ...TEXT, "--format", "vtt"]);
    expect(vtt.stdout).toMatch(/^WEBVTT\n\n00:00:00\.\d{3} --> 00:00:00\.\d{3}\nturn\n/);
  });

  test("writes one file a format, by its ending", async () => {
    const folder = folderWith({});
    const files = ["a.json", "a.csv", "a.TextGrid", "a.srt", "a.vtt", "a.txt", "a.svg"];
    const ran = await run(["align", SPEECH, ...TEXT, ...files.flatMap((file) => ["-o", file])], { cwd: folder });
    expect(ran).toMatchObject({ code: 0, stdout: "", stderr: "" });
    for (const file of files) expect(readFileSync(join(folder, file), "utf8")).toContain("light");
  });

  test("takes units from a file, and a transcript from standard input", async () => {
    const folder = folderWith({ "units.json": '["turn on", "the light"]', "units.txt": "turn on\r\n\nthe light\n" });
    const [json, lines, stdin] = await Promise.all([
      run(["align", SPEECH, "--words", "units.json", "--format", "audacity"], { cwd: folder }),
      run(["align", SPEECH, "--words", "units.txt", "--format", "audacity"], { cwd: folder }),
      run(["align", SPEECH, "--transcript-file", "-", "--format", "csv"], { input: "turn on the light\n" }),
    ]);
    expect(json.stdout).toMatch(/^0\.\d+\t0\.\d+\tturn on\n0\.\d+\t0\.\d+\tthe light\n$/);
    expect(lines.stdout).toBe(json.stdout);
    expect(stdin.stdout.trimEnd().split("\r\n").length).toBe(5);
  });

  test.each([
    ["no transcript", [SPEECH], 2, "align needs one of --transcript TEXT"],
    ["two of them", [SPEECH, ...TEXT, "--words", "x"], 2, "align needs one of --transcript TEXT"],
    ["no letters", [SPEECH, "--transcript", "…"], 1, "no letter or digit that could be aligned"],
    [
      "a transcript of something longer",
      [SPEECH, "--transcript", "many more words ".repeat(20)],
      1,
      "the transcript does not fit the audio",
    ],
    ["a missing file", ["nowhere.wav", ...TEXT], 1, "nowhere.wav: no such file"],
    ["text as audio", ["text.wav", ...TEXT], 1, 'text.wav: not an audio file: it is text that begins with "hello"'],
    ["an empty file", ["empty.wav", ...TEXT], 1, "the audio file is empty (0 bytes)"],
    ["an unclear ending", [SPEECH, ...TEXT, "-o", "a.xyz"], 2, "-o a.xyz: its ending names no format"],
    ["a broken list", [SPEECH, "--words", "broken.json"], 2, "broken.json: is no valid JSON list"],
    ["a list of numbers", [SPEECH, "--words", "numbers.json"], 2, "numbers.json: must be a list of texts"],
    ["another model that is not cached", [SPEECH, ...TEXT, "--model", "owner/name"], 2, "--allow-download"],
  ] as const)("refuses %s in one line", async (_what, args, code, message) => {
    const folder = folderWith({ "text.wav": "hello", "empty.wav": "", "broken.json": "[", "numbers.json": "[1]" });
    const ran = await run(["align", ...args], { cwd: folder });
    expect(ran.stderr).toContain(message);
    expect(ran.stderr.trimEnd().split("\n").length).toBe(1);
    expect(ran).toMatchObject({ code, stdout: "" });
  });

  test("reads transcripts and subtitles in UTF-16, and names Latin-1", async () => {
    const text = "turn on the light";
    const folder = folderWith({
      "marked.txt": Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]),
      "big.txt": Buffer.from(text, "utf16le").swap16(),
      "a.srt": `1\r\n00:00:00,000 --> 00:00:01,000\r\n${text}\r\n`,
      "latin.txt": Buffer.from("café olé", "latin1"),
    });
    for (const file of ["marked.txt", "big.txt", "a.srt"]) {
      const ran = await run(["align", SPEECH, "--transcript-file", file], { cwd: folder });
      const { segments } = JSON.parse(ran.stdout);
      expect(segments.map(({ token }: { token: string }) => token)).toEqual(text.split(" "));
    }
    const latin = await run(["align", SPEECH, "--transcript-file", "latin.txt"], { cwd: folder });
    expect(latin).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("latin.txt: is not valid UTF-8; save it as UTF-8 (it looks like Latin-1 or Windows-1252)"),
    });
  });

  test("tells what is wrong with a clip by its name", async () => {
    const whole = readFileSync(SPEECH);
    const folder = folderWith({ "cut.wav": whole.subarray(0, whole.length - 4_000) });
    const ran = await run(["align", "cut.wav", ...TEXT], { cwd: folder });
    expect(ran.stderr).toContain("cut.wav: the file is cut short: it declares more samples than");
    expect(JSON.parse(ran.stdout).warnings).toEqual([expect.stringMatching(/^cut\.wav: the file is cut short/)]);
  });

  test("will not overwrite its own input", async () => {
    const folder = folderWith({ "a.txt": readFileSync(SPEECH) });
    expect((await run(["align", "a.txt", ...TEXT, "-o", "a.txt"], { cwd: folder })).stderr).toContain("is an input of this run");
  });
});
