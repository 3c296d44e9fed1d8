import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { VARIABLES } from "../../src/cli/topics/environment.js";
import { TOPICS } from "../../src/cli/topics/registry.js";
import { folderWith, run } from "./run.js";

const SOURCES = fileURLToPath(new URL("../../src/", import.meta.url));
const BIN = fileURLToPath(new URL("../../bin/mllm-shap.js", import.meta.url));

describe("help", () => {
  test("lists topics, and tells each", async () => {
    const { stdout } = await run(["--help"]);
    for (const { name, summary } of TOPICS) {
      expect(stdout.replaceAll(/\s+/g, " ")).toContain(`${name} ${summary}`);
      const told = await run(["help", name]);
      expect([told.code, told.stderr]).toEqual([0, ""]);
      expect(told.stdout.length).toBeGreaterThan(100);
    }
    expect((await run(["help", "explain"])).stdout).toBe((await run(["explain", "--help"])).stdout);
    const unknown = await run(["help", "nothing"]);
    expect([unknown.code, unknown.stdout]).toEqual([2, ""]);
    expect(unknown.stderr).toMatch(
      /^mllm-shap: help nothing: there is no such command or topic; commands are explain, .*; topics are environment, .*\n$/,
    );
  });

  test("names every variable of the environment that the sources look at", () => {
    const looked = new Set<string>();
    for (const file of readdirSync(SOURCES, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || file.startsWith(join("batch", "arrays"))) continue;
      const text = readFileSync(join(SOURCES, file), "utf8");
      for (const [, name = ""] of text.matchAll(/\benv\.([A-Z][A-Z0-9_]+)/g)) looked.add(name);
    }
    const own = [...looked].filter((name) => !["HOME", "LOCALAPPDATA"].includes(name));
    expect(own.length).toBeGreaterThan(8);
    expect(own.filter((name) => !VARIABLES.some(([known]) => known === name))).toEqual([]);
  });

  test.skipIf(spawnSync("python3", ["--version"]).status !== 0)(
    "the protocol of payoff commands is what it says: its example runs",
    async () => {
      const { stdout } = await run(["help", "payoff-command"]);
      const [, program = ""] = stdout.split("# shared.py\n");
      const cwd = folderWith({
        "shared.py": program.replaceAll(/^ {2}/gm, ""),
        "conv.yaml":
          "model: {connector: transformers-text, repo: embedded:nano}\nmessages:\n  - {role: user, content: turn on the light}\n",
      });
      const { code, stdout: result, stderr } = await run(["explain", "conv.yaml", "-q", "--payoff-command", "python3 shared.py"], { cwd });
      expect([code, stderr]).toEqual([0, ""]);
      expect((JSON.parse(result) as { readonly payoff: { readonly full: number } }).payoff.full).toBe(1);
    },
  );
});

describe("completion", () => {
  const complete = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { code, stdout, stderr } = await run(["complete", "--", ...words]);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout.split("\n").filter((line) => line !== "");
  };

  test("tells commands, options, and values where they are few", async () => {
    expect(await complete("ex")).toEqual(["explain"]);
    expect(await complete("cache", "")).toEqual(["prune", "clear"]);
    expect(await complete("explain", "--sam")).toEqual(["--sampler"]);
    expect(await complete("explain", "conv.yaml", "--sampler", "per")).toEqual(["permutation"]);
    expect(await complete("help", "exit")).toEqual(["exit-codes"]);
    expect(await complete("explain", "conv")).toEqual([]);
    expect(await complete("explain", "-o", "x")).toEqual([]);
  });

  test("bash completes by its script", async () => {
    const { stdout } = await run(["completion", "bash"]);
    const script = `mllm-shap() { "${process.execPath}" "${BIN}" "$@"; }\n${stdout}\nCOMP_WORDS=(mllm-shap explain --sampler le)\nCOMP_CWORD=3\n_mllm_shap\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(execFileSync("bash", ["-c", script], { encoding: "utf8" }).split("\n").filter(Boolean)).toEqual(["leverage", "leave-one-out"]);
    for (const shell of ["zsh", "fish"]) expect((await run(["completion", shell])).stdout).toContain("mllm-shap complete --");
    expect(await run(["completion", "tcsh"])).toMatchObject({ code: 2, stdout: "" });
  });
});
