import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.js";
import { VARIABLES } from "../../src/cli/topics/environment.js";
import { TOPICS } from "../../src/cli/topics/registry.js";
import { folderWith, LIGHT, run } from "./run.js";

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

describe("-h", () => {
  test.each(["", ...COMMANDS.map(({ name }) => name)])("%s fits on a screen", async (name) => {
    const { code, stdout, stderr } = await run([...(name === "" ? [] : [name]), "-h"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.trimEnd().split("\n").length).toBeLessThanOrEqual(40);
    expect(stdout).toMatch(/^Usage: mllm-shap/);
  });

  test("names options that there are, and where the others stand", async () => {
    for (const { name, everyday = [] } of COMMANDS) {
      if (everyday.length === 0) continue;
      const [short, long] = [(await run([name, "-h"])).stdout, (await run([name, "--help"])).stdout];
      for (const flag of everyday) {
        const shown = [long, short].map((text) => new RegExp(`${flag}(?![\\w-])`).test(text));
        expect([name, flag, ...shown]).toEqual([name, flag, true, true]);
      }
      expect(short).toContain(`mllm-shap ${name} --help`);
    }
    expect((await run(["explain", "--help"])).stdout).toContain("--figure-width");
    expect((await run(["explain", "-h"])).stdout).not.toContain("--figure-width");
  }, 120_000);
});

test("--color stands on either side of the command, and goes before the environment", async () => {
  const cwd = folderWith({ "conv.yaml": LIGHT });
  const args = ["explain", "conv.yaml", "-q", "--no-run", "--format", "text"];
  const painted = (text: string) => text.includes("\u001b[");
  expect(painted((await run([...args, "--color", "always"], { cwd, env: { NO_COLOR: "1" } })).stdout)).toBe(true);
  expect(painted((await run(["--color", "always", ...args], { cwd })).stdout)).toBe(true);
  expect(painted((await run([...args, "--color", "never"], { cwd, env: { FORCE_COLOR: "3" } })).stdout)).toBe(false);
  expect(painted((await run([...args, "--color", "auto"], { cwd })).stdout)).toBe(false);
  expect((await run([...args, "--color", "sometimes"], { cwd })).stderr).toContain("Allowed choices are auto, always, never");
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
