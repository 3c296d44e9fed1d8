import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { countEntries, memoFiles } from "../../src/memo/files.js";
import { readResults } from "../../src/results/read_result.js";
import { finished, folderWith, LIGHT, run, spec, start } from "./run.js";

const BIN = fileURLToPath(new URL("../../bin/mllm-shap.js", import.meta.url));
/** 2,048 coalitions in small batches: seconds of work. */
const SECONDS = `${spec("could you please turn on the small lamp in my bedroom", "{players: word, sampler: exact, budget: 4096}")}run: {batch_size: 4, threads: 1}\n`;

/** 16,384 of them: longer than it takes until the first line of progress is written, on any machine. */
const LONGER = SECONDS.replace("in my bedroom", "in my bedroom and then go").replace("budget: 4096", "budget: 20000");

/** Waits until answers lie on the disk. */
async function answered(cache: string): Promise<void> {
  while ((await countEntries(await memoFiles(cache))) < 20) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("several specs", () => {
  test("are all checked before the first is explained", async () => {
    const folder = folderWith({ "a.yaml": LIGHT, "bad.yaml": "model: {}\n" });
    const { code, stdout, stderr } = await run(["explain", "a.yaml", "bad.yaml", "--format", "jsonl"], { cwd: folder });
    expect(code).toBe(1);
    expect(stderr.split("\n")[0]).toMatch(/^mllm-shap: bad\.yaml:\d+:\d+: /);
    expect(stderr.split("\n")[1]).toBe("a.yaml (1 of 2)");
    expect(readResults(stdout, "stdout")).toHaveLength(1);
    expect(stderr).toMatch(/mllm-shap: 1 of 2 specs explained\n$/);
  });

  test("--fail-fast explains none where one is wrong", async () => {
    const folder = folderWith({ "a.yaml": LIGHT, "bad.yaml": "model: {}\n" });
    const { code, stdout, stderr } = await run(["explain", "a.yaml", "bad.yaml", "--fail-fast"], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/mllm-shap: 0 of 2 specs explained\n$/);
  });

  test("of one file are explained one after the other, and checked, each by its place", async () => {
    const chat = (content: string) => JSON.stringify([{ role: "user", content }]);
    const folder = folderWith({
      "talks.jsonl": `${chat("turn on the light")}\n${chat("turn off the fan")}\n`,
      "half.yaml": `${LIGHT}---\nmodel: {}\n`,
    });
    const options = { cwd: folder, env: { MLLM_SHAP_MODEL: "embedded:nano" } };
    const explained = await run(["explain", "talks.jsonl", "-o", "{stem}.{index}.json", "-o", "all.jsonl"], options);
    expect(explained).toMatchObject({ code: 0, stderr: expect.stringContaining("talks.jsonl:2 (2 of 2)") });
    const results = readResults(readFileSync(join(folder, "all.jsonl"), "utf8"), "all.jsonl");
    expect(results.map(({ spec: { path }, players }) => [path, players.map(({ text }) => text).join("")])).toEqual([
      ["talks.jsonl:1", "turnonthelight"],
      ["talks.jsonl:2", "turnoffthefan"],
    ]);
    expect(
      readdirSync(folder)
        .filter((name) => name.startsWith("talks."))
        .sort(),
    ).toEqual(["talks.1.json", "talks.2.json", "talks.jsonl"]);
    const checked = await run(["check", "talks.jsonl", "half.yaml", "--json"], options);
    expect(checked.code).toBe(2);
    const found = JSON.parse(checked.stdout) as readonly { spec: string; problems: readonly { line: number }[] }[];
    expect(found.map(({ spec: name, problems }) => [name, problems.length > 0])).toEqual([
      ["talks.jsonl:1", false],
      ["talks.jsonl:2", false],
      ["half.yaml:1", false],
      [expect.stringMatching(/^half\.yaml:\d+$/), true],
    ]);
  });

  test.skipIf(process.platform === "win32")("a pipe is read once, and whole", async () => {
    const folder = folderWith({});
    const pipe = join(folder, "pipe.yaml");
    for (const args of [
      ["explain", "pipe.yaml", "-q"],
      ["check", "pipe.yaml"],
    ] as const) {
      execFileSync("mkfifo", [pipe]);
      const running = run(args, { cwd: folder });
      // Opening it waits for a reader.
      await writeFile(pipe, LIGHT);
      expect(await running, args[0]).toMatchObject({ code: 0, stderr: "" });
      rmSync(pipe);
    }
  });

  test("are refused, before any is explained, where a document has room for one", async () => {
    const folder = folderWith({ "a.yaml": LIGHT, "b.yaml": LIGHT });
    expect(await run(["explain", "a.yaml", "b.yaml", "-o", "x.svg"], { cwd: folder })).toMatchObject({
      code: 2,
      stdout: "",
      stderr:
        "mllm-shap: -o x.svg: svg holds one result, and there are 2: write a file each, such as -o {stem}.svg, or -o x.html for all of them\n",
    });
    expect(readdirSync(folder).toSorted()).toEqual(["a.yaml", "b.yaml"]);
  });

  test("standard input is one of them once", async () => {
    const { code, stderr } = await run(["explain", "-", "-", "-q"], { input: LIGHT });
    expect(code).toBe(1);
    expect(stderr).toContain("mllm-shap: -: standard input is read once\n");
  });

  test("on standard output, each is there before the next is begun", async () => {
    const folder = folderWith({ "a.yaml": LIGHT, "long.yaml": SECONDS });
    const child = start(["explain", "a.yaml", "long.yaml", "--format", "jsonl"], { cwd: folder });
    const end = finished(child);
    const first = await new Promise<string>((resolve) => child.stdout?.once("data", resolve));
    expect(readResults(first, "stdout")).toHaveLength(1);
    child.kill("SIGKILL");
    expect(readResults((await end).stdout, "stdout")).toHaveLength(1);
  });

  test("kill -9 keeps what was written", async () => {
    const folder = folderWith({ "a.yaml": LIGHT, "b.yaml": LIGHT, "long.yaml": SECONDS });
    const child = start(["explain", "a.yaml", "b.yaml", "long.yaml", "-o", "out.jsonl", "-o", "out.csv"], { cwd: folder });
    const end = finished(child);
    await new Promise<void>((resolve) => child.stderr?.on("data", (text: string) => /3 of 3/.test(text) && resolve()));
    child.kill("SIGKILL");
    await end;
    for (const file of ["out.jsonl", "out.csv"]) expect(readdirSync(folder)).toContain(file);
    expect(readResults(readFileSync(join(folder, "out.jsonl"), "utf8"), "out.jsonl")).toHaveLength(2);
  });

  test("kill -9 keeps what was finished of a document that is not, and names the file to the next run", async () => {
    const folder = folderWith({ "a.yaml": LIGHT, "b.yaml": LIGHT, "long.yaml": SECONDS });
    const child = start(["explain", "a.yaml", "b.yaml", "long.yaml", "-o", "out.json", "-o", "out/{stem}.md"], { cwd: folder });
    const end = finished(child);
    await new Promise<void>((resolve) => child.stderr?.on("data", (text: string) => /3 of 3/.test(text) && resolve()));
    child.kill("SIGKILL");
    await end;
    expect(readResults(readFileSync(join(folder, "out.json.partial.jsonl"), "utf8"), "partial")).toHaveLength(2);
    expect(readdirSync(join(folder, "out"))).toEqual(["a.md", "b.md"]);
    const again = await run(["explain", "a.yaml", "b.yaml", "-o", "out.json"], { cwd: folder });
    expect(again.stderr).toContain("mllm-shap show out.json.partial.jsonl -o out.json");
    expect(readResults(readFileSync(join(folder, "out.json"), "utf8"), "out.json")).toHaveLength(2);
    expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual(["out.json.partial.jsonl"]);
    const shown = await run(["show", "out.json.partial.jsonl", "-o", "shown/{index}-{stem}.tex"], { cwd: folder });
    expect([shown.code, shown.stderr]).toEqual([0, ""]);
    expect(readdirSync(join(folder, "shown"))).toEqual(["1-out.json.partial.tex", "2-out.json.partial.tex"]);
  });

  test("templates: a file a spec, beside one for all", async () => {
    const folder = folderWith({ "a.yaml": LIGHT, "b.yaml": LIGHT });
    const args = ["explain", "a.yaml", "b.yaml", "-q", "--no-run", "-o", "deep/er/{stem}.json", "-o", "{index}.csv", "-o", "all.jsonl"];
    expect(await run([...args, "--archive", "kept/{stem}.mshap"], { cwd: folder })).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(readdirSync(folder).sort()).toEqual(["1.csv", "2.csv", "a.yaml", "all.jsonl", "b.yaml", "deep", "kept"]);
    expect(readdirSync(join(folder, "kept"))).toEqual(["a.mshap", "b.mshap"]);
    const [a, b] = ["a", "b"].map((stem) => JSON.parse(readFileSync(join(folder, "deep/er", `${stem}.json`), "utf8")) as object);
    expect(readResults(readFileSync(join(folder, "all.jsonl"), "utf8"), "all")).toEqual([a, b]);
  });

  test.each([
    [["-o", "{stem}.yaml"], /its ending names no format/],
    [["-o", "out/{name}.json"], /-o out\/\{name\}\.json: there is no field \{name\}; valid are \{stem\}, \{folder\}, \{index\}/],
    [["-o", "a.json/{stem}.json", "-o", "a.json"], /cannot be made|is a folder/],
    [["-o", "x.json", "--json-shape", "object"], /--json-shape object: x\.json would hold 2 results; use list, \.jsonl, or a file each/],
    [["-o", "x.json", "--json-shape", "round"], /Allowed choices are object, list/],
  ])("%j is refused before anything runs", async (args, message) => {
    const { code, stdout, stderr } = await run(["explain", "a.yaml", "b.yaml", ...args], {
      cwd: folderWith({ "a.yaml": LIGHT, "b.yaml": LIGHT, ...(args[1]?.startsWith("a.json/") ? { "a.json": "{}" } : {}) }),
    });
    expect([code === 0, stdout]).toEqual([false, ""]);
    expect(stderr).toMatch(message);
  });

  test("JSON has the shape that was asked for, however many are finished", async () => {
    const cwd = folderWith({ "a.yaml": LIGHT, "bad.yaml": "model: {}\n" });
    const shape = async (...args: readonly string[]) =>
      Array.isArray(JSON.parse((await run(["explain", "-q", "--format", "json", ...args], { cwd })).stdout));
    expect(await shape("a.yaml")).toBe(false);
    expect(await shape("a.yaml", "bad.yaml")).toBe(true);
    expect(await shape("a.yaml", "--json-shape", "list")).toBe(true);
  });

  test("--progress json: every line tells where the run stands, from the first moment on", async () => {
    const cwd = folderWith({ "a.yaml": LIGHT, "b.yaml": LIGHT });
    const { code, stderr } = await run(["explain", "a.yaml", "b.yaml", "--progress", "json", "--format", "jsonl"], { cwd });
    const standings = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { phase: string; done: number; total: number | null });
    expect(code).toBe(0);
    expect(standings[0]).toMatchObject({ phase: "specs", done: 0, total: 2 });
    expect(new Set(standings.map(({ phase }) => phase))).toEqual(
      new Set(["specs", "loading the model", "reading the conversation", "answering", "coalitions"]),
    );
    expect(standings.at(-1)).toMatchObject({ phase: "coalitions", done: 32, total: 32 });
  });

  test("end, with a word, where nobody reads them any more", () => {
    const folder = folderWith({ "a.yaml": LIGHT, "b.yaml": LIGHT, "c.yaml": LIGHT });
    const script = `"${process.execPath}" "${BIN}" explain a.yaml b.yaml c.yaml --format jsonl -q 2>err | true; echo "\${PIPESTATUS[0]}"`;
    expect(execFileSync("bash", ["-c", script], { cwd: folder, encoding: "utf8" })).toBe("1\n");
    expect(readFileSync(join(folder, "err"), "utf8")).toMatch(
      /nobody reads standard output any more: the rest is left\nmllm-shap: [12] of 3 specs/,
    );
  });
});

describe("an interruption", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s says how many answers are kept, and the same command goes on from there",
    async (signal) => {
      const [folder, cache] = [folderWith({ "conv.yaml": SECONDS }), folderWith({})];
      const env = { MLLM_SHAP_CACHE: cache };
      const child = start(["explain", "conv.yaml", "--no-run"], { cwd: folder, env });
      const end = finished(child);
      await answered(cache);
      child.kill(signal);
      const { code, stdout, stderr } = await end;
      expect({ code, stdout }).toEqual({ code: signal === "SIGINT" ? 130 : 143, stdout: "" });
      const [, said = ""] =
        /mllm-shap: interrupted\nmllm-shap: ([\d,]+) of 2,048 answers are kept; the same command goes on from there\n$/.exec(stderr) ?? [];
      const kept = Number(said.replaceAll(",", ""));
      expect(kept).toBeGreaterThan(0);
      expect(await countEntries(await memoFiles(cache))).toBeGreaterThanOrEqual(kept);
      const again = JSON.parse((await run(["explain", "conv.yaml"], { cwd: folder, env })).stdout) as { run: { memo_hits: number } };
      expect(again.run.memo_hits).toBeGreaterThanOrEqual(kept);
    },
  );

  test("says that nothing is kept where nothing is", async () => {
    const folder = folderWith({ "conv.yaml": LONGER });
    const child = start(["explain", "conv.yaml", "--no-cache"], { cwd: folder });
    const end = finished(child);
    await new Promise<void>((resolve) => child.stderr?.on("data", (text: string) => /^coalitions: /m.test(text) && resolve()));
    child.kill("SIGINT");
    expect((await end).stderr).toMatch(/[\d,]+ of 16,384 answers are lost: nothing was remembered on disk\n$/);
  });

  test.skipIf(process.platform === "win32")(
    "ends the process where a read hangs",
    async () => {
      const folder = folderWith({ "conv.yaml": LIGHT });
      execFileSync("mkfifo", [join(folder, "pipe.yaml")]);
      const child: ChildProcess = spawn("bash", ["-c", `"${process.execPath}" "${BIN}" explain pipe.yaml; echo "exit code $?"`], {
        cwd: folder,
      });
      const end = finished(child);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const [pid = ""] = execFileSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" }).split("\n");
      const asked = Date.now();
      process.kill(Number(pid), "SIGTERM");
      const { stdout, stderr } = await end;
      expect(Date.now() - asked).toBeLessThan(10_000);
      expect(stdout).toBe("exit code 143\n");
      expect(stderr).toContain("mllm-shap: interrupted\n");
    },
    60_000,
  );
});

test("a full folder for temporary files: what cannot be written goes elsewhere, and no empty folder stays", async () => {
  const folder = folderWith({ "conv.yaml": LIGHT });
  writeFileSync(join(folder, "no-folder"), "");
  const { code, stderr } = await run(["explain", "conv.yaml", "-q", "--format", "json", "-o", "/dev/full"], {
    cwd: folder,
    env: { TMPDIR: join(folder, "no-folder") },
  });
  const [, kept = ""] = /no space left; the result is kept in (.*)\n$/.exec(stderr) ?? [];
  expect(code).toBe(1);
  expect(kept.startsWith(folder)).toBe(true);
  expect(readResults(readFileSync(kept, "utf8"), kept)).toHaveLength(1);
});
