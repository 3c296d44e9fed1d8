import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { ComparisonReport } from "../../src/results/comparison.js";
import type { Evaluation } from "../../src/results/evaluation.js";
import { folderWith, LIGHT, run } from "./run.js";

/** Results of two conversations, a.json and b.json of the same one. */
let folder: string;
let env: { readonly MLLM_SHAP_CACHE: string };

beforeAll(async () => {
  folder = folderWith({ "conv.yaml": LIGHT, "other.yaml": LIGHT.replace("kitchen", "bedroom") });
  env = { MLLM_SHAP_CACHE: folderWith({}) };
  for (const args of [
    ["conv.yaml", "other.yaml", "-o", "both.jsonl"],
    ["conv.yaml", "--sampler", "permutation", "--budget", "12", "-o", "b.json"],
  ]) {
    expect(await run(["explain", ...args, "-q"], { cwd: folder, env })).toMatchObject({ code: 0, stderr: "" });
  }
  writeFileSync(join(folder, "a.json"), readFileSync(join(folder, "both.jsonl"), "utf8").split("\n")[0] as string);
}, 120_000);

describe("evaluate", () => {
  test("several results, from answers that are remembered; text by the file's ending", async () => {
    const { code, stdout } = await run(["evaluate", "both.jsonl", "--rankings", "5", "--no-run"], { cwd: folder, env });
    expect(code).toBe(0);
    const evaluations = JSON.parse(stdout) as readonly Evaluation[];
    expect(evaluations.map(({ schema, spec, random_rankings, run: cost }) => [schema, spec.path, random_rankings, cost])).toEqual([
      ["mllm-shap/evaluation@1", "conv.yaml", 5, undefined],
      ["mllm-shap/evaluation@1", "other.yaml", 5, undefined],
    ]);
    const text = await run(["evaluate", "a.json", "--rankings", "5", "-q", "-o", "a.txt"], { cwd: folder, env });
    expect(text).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(readFileSync(join(folder, "a.txt"), "utf8")).toMatch(/^insertion ↑ +-\d.*\n/m);
  });

  test("by another payoff than was explained", async () => {
    const { stdout } = await run(["evaluate", "a.json", "--rankings", "2", "--payoff", "exact-match"], { cwd: folder, env });
    expect(JSON.parse(stdout)).toMatchObject({ explainer: { payoff: "likelihood" }, payoff: { kind: "exact-match", full: 1 } });
  });

  test("a result has no say in where its paths start: its own folder, or --folder", async () => {
    const gone = folderWith({ "a.json": readFileSync(join(folder, "a.json"), "utf8").replace('"conv.yaml"', '"gone/conv.yaml"') });
    const own = await run(["evaluate", "a.json", "--rankings", "2", "-q"], { cwd: gone, env });
    expect(own).toMatchObject({ code: 0, stderr: "" });
    const lost = await run(["evaluate", "a.json", "--folder", "none"], { cwd: gone, env });
    expect(lost).toMatchObject({ code: 2, stdout: "" });
    expect(lost.stderr).toMatch(/^mllm-shap: there is no folder .*none, .*: say where it is now with --folder\n$/);
    mkdirSync(join(gone, "here"));
    renameSync(join(gone, "a.json"), join(gone, "here", "a.json"));
    const found = await run(["evaluate", "here/a.json", "--folder", "here", "--rankings", "2", "-q"], { cwd: gone, env });
    expect(found).toMatchObject({ code: 0, stderr: "" });
  });

  test("a stranger's result reads no file beyond its own folder, whatever path it names for its spec", async () => {
    const result = JSON.parse(readFileSync(join(folder, "a.json"), "utf8")) as { spec: Record<string, unknown> };
    const heard = { model: { connector: "liquid-audio", repo: "embedded:nano" } };
    const evil = (path: string, content: string): string =>
      JSON.stringify({
        ...result,
        spec: {
          ...result.spec,
          path: "/x.yaml",
          resolved: { ...heard, messages: [{ role: "user", content: [{ type: "audio", path: content }] }] },
        },
        inputs: [],
        note: path,
      });
    const away = folderWith({ "evil.json": evil("a", "etc/passwd"), "up.json": evil("b", "../../etc/passwd"), "secret.wav": "no sound" });
    for (const name of ["evil.json", "up.json"]) {
      const { code, stderr } = await run(["evaluate", name, "--no-cache"], { cwd: away, env });
      expect(code).toBe(2);
      expect(stderr).not.toMatch(/root:|not an audio file/);
    }
    writeFileSync(join(away, "own.json"), evil("c", "secret.wav"));
    const unnamed = await run(["evaluate", "own.json", "--no-cache"], { cwd: away, env });
    expect(unnamed).toMatchObject({ code: 2, stdout: "" });
    expect(unnamed.stderr).toContain("the result does not say what secret.wav was (inputs)");
  });

  test.each([
    [["evaluate", "a.json", "--rankings", "1"], "mllm-shap: --rankings 1: must be a whole number from 2\n"],
    [["evaluate", "a.json", "-o", "a.json"], "mllm-shap: -o a.json: is an input of this run and would be overwritten\n"],
    [["evaluate", "conv.yaml"], /^mllm-shap: conv\.yaml: not JSON, as mllm-shap explain gives it: /],
    [["compare", "a.json", "both.jsonl"], "mllm-shap: both.jsonl: holds 2 results; compare takes one of each\n"],
    [["compare", "a.json", "none.json"], "mllm-shap: none.json: no such file\n"],
  ] as const)("%j is refused", async (args, stderr) => {
    const ran = await run(args, { cwd: folder, env });
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toMatch(stderr);
  });
});

describe("compare", () => {
  test("JSON in a pipe, text where asked for", async () => {
    const { code, stdout } = await run(["compare", "a.json", "b.json"], { cwd: folder, env });
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as ComparisonReport;
    expect(report).toMatchObject({ schema: "mllm-shap/comparison@1", n_players: 5, differ_in: ["sampler"], a: { file: "a.json" } });
    expect(report.kendall).toBeGreaterThan(0);
    const text = await run(["compare", "a.json", "b.json", "--format", "text"], { cwd: folder, env });
    expect(text.stdout).toContain("they differ in: sampler");
  });
});
