import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BAD_PATHS, BAD_TEXT, BAD_WISHES } from "./bad_inputs.js";
import { folderWith, LIGHT, run, spec, withoutProgress } from "./run.js";

describe("bad and hostile input: the right exit code, one clear line, no stack, no file left behind", () => {
  test.concurrent.each([...BAD_TEXT, ...BAD_WISHES, ...BAD_PATHS].map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const folder = folderWith({ "conv.yaml": one.spec ?? LIGHT });
    one.prepare?.(folder);
    const args = one.args ?? ["conv.yaml"];
    const before = readdirSync(folder);
    const ran = await run(["explain", ...args, ...(args.includes("-o") ? [] : ["-o", "out.json"])], { cwd: folder });
    const { code, stdout } = ran;
    const stderr = withoutProgress(ran.stderr);
    expect(stderr).toMatch(/^mllm-shap: [^\n]*\n$/);
    expect(stderr.slice("mllm-shap: ".length, -1)).toMatch(one.says);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|unexpected|^ +at /m);
    expect({ code, stdout }).toEqual({ code: one.code, stdout: "" });
    expect(readdirSync(folder)).toEqual(before);
  });
});

test("terminal escape codes in a message come out written, not obeyed", async () => {
  const folder = folderWith({ "conv.yaml": spec("turn on \u001b]0;owned\u0007\u001b[2J\u202e light", "{players: word, budget: 64}") });
  const { code, stdout } = await run(["explain", "conv.yaml", "--format", "text"], { cwd: folder });
  expect(code).toBe(0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  expect(stdout).toContain("owned");
});

test("a full disk loses nothing: the result is kept elsewhere and the other file is written", async () => {
  const folder = folderWith({ "conv.yaml": LIGHT });
  const tmp = mkdtempSync(join(tmpdir(), "rescue-"));
  const { code, stderr } = await run(["explain", "conv.yaml", "-q", "--format", "json", "-o", "/dev/full", "-o", "out.json"], {
    cwd: folder,
    env: { TMPDIR: tmp },
  });
  expect(code).toBe(1);
  const kept = /^mllm-shap: cannot write \/dev\/full: no space left; the result is kept in (.*)\n$/.exec(stderr)?.[1];
  const rescued = readFileSync(kept ?? "", "utf8");
  expect(JSON.parse(rescued)).toMatchObject({ schema: "mllm-shap/result@1" });
  expect(readFileSync(join(folder, "out.json"), "utf8")).toBe(rescued);
});

test("a spec that fails inside the run leaves an older result alone", async () => {
  const folder = folderWith({ "conv.yaml": LIGHT, "out.json": "old" });
  writeFileSync(join(folder, "bad.yaml"), spec("turn on the kitchen light", "{sampler: permutation, players: word, budget: 3}"));
  expect((await run(["explain", "bad.yaml", "-o", "out.json"], { cwd: folder })).code).toBe(2);
  expect(readFileSync(join(folder, "out.json"), "utf8")).toBe("old");
});
