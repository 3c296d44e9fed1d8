import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SAMPLES, sampleResult } from "../support/samples.js";
import { soundResult } from "../support/sound.js";
import { CONFIGS, folderWith, run } from "./run.js";

const [text, turns, sound] = [sampleResult(SAMPLES.text), sampleResult(SAMPLES.turns), soundResult()];
const other = {
  ...text,
  explainer: { ...text.explainer, sampler: "kernel" },
  players: text.players.map((player) => ({ ...player, value: -player.value })),
};

const folder = folderWith({
  "a.json": JSON.stringify(text),
  "b.json": JSON.stringify(other),
  "turns.json": JSON.stringify(turns),
  "sound.json": JSON.stringify(sound),
  "all.jsonl": `${JSON.stringify(text)}\n${JSON.stringify(turns)}\n`,
});
const show = (...args: readonly string[]) => run(["show", ...args], { cwd: folder });
const written = (name: string) => readFileSync(join(folder, name));

describe("show", () => {
  test("every format from one stored result", async () => {
    const endings = ["html", "fragment.html", "svg", "png", "pdf", "tex", "md", "TextGrid", "vtt", "csv", "txt", "json"];
    const outputs = endings.flatMap((ending) => ["-o", `out.${ending}`]);
    expect(await show("sound.json", ...outputs)).toMatchObject({ code: 0, stdout: "", stderr: "" });
    const starts = {
      html: "<!doctype html>",
      "fragment.html": "<iframe ",
      svg: "<svg ",
      png: "\u0089PNG",
      pdf: "%PDF-",
      TextGrid: "File type",
      vtt: "WEBVTT",
    };
    for (const [ending, start] of Object.entries(starts)) expect(written(`out.${ending}`).toString("latin1").startsWith(start)).toBe(true);
    expect(JSON.parse(written("out.json").toString())).toEqual(sound);
    expect(written("out.csv").toString()).not.toContain("UklGR");
    expect(written("out.txt").toString()).toMatch(/♪ the\S* light\S* on/);
  });

  test("several results one after the other; JSON in a pipe, standard input too", async () => {
    const { code, stdout } = await show("all.jsonl");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([text, turns]);
    const piped = await run(["show", "-", "--format", "text"], { cwd: folder, input: JSON.stringify(text) });
    expect(piped.stdout).toContain("turning on the kitchen light");
  });

  test("what is no file of results is refused, with what makes one", async () => {
    const cwd = folderWith({ "page.html": "<!doctype html>" });
    mkdirSync(join(cwd, "out"));
    const told = async (...args: readonly string[]) => {
      const { code, stderr } = await run(args, { cwd });
      return [code, stderr];
    };
    const folderWords = "mllm-shap: out: is a folder; of a batch's, mllm-shap merge out -o all.jsonl makes a file of results\n";
    expect(await told("show", "out")).toEqual([2, folderWords]);
    expect(await told("compare", "out", "page.html")).toEqual([2, folderWords]);
    expect(await told("show", "page.html")).toEqual([
      2,
      expect.stringMatching(/^mllm-shap: page\.html: not JSON, as mllm-shap explain gives it: (?!.*is not valid JSON)/),
    ]);
  });

  test("two files of one result each are compared, unless each is asked for", async () => {
    const { stdout } = await show("a.json", "b.json", "-o", "-", "-o", "pair.html");
    expect(JSON.parse(stdout)).toMatchObject({ schema: "mllm-shap/comparison@1", differ_in: ["sampler"], spearman: -1 });
    expect(written("pair.html").toString()).toContain("Spearman -1.000");
    const each = await show("a.json", "b.json", "--each");
    expect(JSON.parse(each.stdout)).toHaveLength(2);
  });

  test("what cannot be compared says so, and what can be done", async () => {
    const { code, stderr } = await show("a.json", "turns.json");
    expect(code).toBe(2);
    expect(stderr).toMatch(/a\.json explains 8 players and turns\.json \d+.*--each/);
  });

  test("refusals name what would be valid", async () => {
    for (const [args, says] of [
      [["a.json", "--figure-width", "wide", "-o", "f.svg"], /--figure-width wide: must be single, onehalf, double, or millimetres/],
      [["a.json", "--panel", "pie", "-o", "f.svg"], /--panel pie: must be one of text, sound, bars/],
      [["a.json", "--font", "none.ttf", "-o", "f.svg"], /--font none\.ttf: cannot be read/],
      [["all.jsonl", "-o", "f.pdf"], /-o f\.pdf: pdf holds one result, and there are 2: write a file each, such as -o \{stem\}\.pdf/],
      [["all.jsonl", "--format", "svg"], /--format svg: svg holds one result, and there are 2/],
      [["a.json", "-o", "f.vtt"], /this result has none/],
      [["none.json"], /none\.json: no such file/],
      [["a.json", "-o", "a.json"], /is an input of this run/],
    ] as const) {
      const { code, stderr } = await show(...args);
      expect(stderr).toMatch(says);
      expect(code).toBe(2);
    }
  });

  test("--redact leaves out texts and sound", async () => {
    const { stdout } = await show("sound.json", "--redact", "--format", "html");
    expect(stdout).toContain("▒");
    expect(stdout).not.toMatch(/>(the|light|on)[⁺⁻]?<|UklGR/);
  });
});

test("explain: sound goes to the page, and JSON stays as it is without one", async () => {
  const out = folderWith({});
  const config = join(CONFIGS, "demo-audio.yaml");
  const args = ["explain", config, "-q", "--no-run", "--budget", "20"];
  expect(await run([...args, "-o", "with.json", "-o", "page.html"], { cwd: out })).toMatchObject({ code: 0, stderr: "" });
  expect(await run([...args, "-o", "alone.json"], { cwd: out })).toMatchObject({ code: 0, stderr: "" });
  expect(readFileSync(join(out, "with.json"), "utf8")).toBe(readFileSync(join(out, "alone.json"), "utf8"));
  const page = readFileSync(join(out, "page.html"), "utf8");
  expect(page).toContain("data:audio/wav;base64,UklGR");
  expect(page.length).toBeLessThan(1_000_000);
});
