import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Context } from "../../src/cli/context.js";
import { withPermission } from "../../src/cli/download.js";
import { failureOf } from "../../src/cli/failure.js";
import { createProgress } from "../../src/cli/progress.js";
import type { Terminal } from "../../src/cli/terminal.js";
import { NotCachedError, SpecError } from "../../src/errors.js";
import { readResults } from "../../src/results/read_result.js";
import { requestOf } from "../../src/spec/load.js";
import type { ExplainRequest } from "../../src/spec/request.js";
import { finished, folderWith, LIGHT, run, spec, start } from "./run.js";

const BIN = fileURLToPath(new URL("../../bin/mllm-shap.js", import.meta.url));
/** Minutes of work, were it not interrupted. */
const LONG = spec(`${"could you please ".repeat(60)}turn on the kitchen light`, "{players: word, sampler: permutation, budget: 1000000}");

describe("interrupts", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends the run with %i and leaves no file", async (signal, code) => {
    const folder = folderWith({ "conv.yaml": LONG });
    const child = start(["explain", "conv.yaml", "-o", "out.json", "-v"], { cwd: folder });
    const end = finished(child);
    // The plan is told once the model is there and the work begins.
    await new Promise<void>((resolve) => child.stderr?.on("data", (text: string) => /plan/.test(text) && setTimeout(resolve, 300)));
    child.kill(signal);
    const ran = await end;
    expect(ran).toMatchObject({ code, signal: null, stdout: "" });
    expect(ran.stderr).toMatch(
      /mllm-shap: interrupted\n(?:mllm-shap: [\d,]+ of [\d,]+ answers are kept; the same command goes on from there\n)?$/,
    );
    expect(readdirSync(folder)).toEqual(["conv.yaml"]);
  });

  test("what was finished before it is written and whole", async () => {
    const folder = folderWith({ "a.yaml": LIGHT, "b.yaml": LIGHT, "long.yaml": LONG });
    const child = start(["explain", "a.yaml", "b.yaml", "long.yaml", "-o", "out.jsonl", "-o", "out.csv", "-o", "out.json", "-v"], {
      cwd: folder,
    });
    const end = finished(child);
    await new Promise<void>((resolve) => child.stderr?.on("data", (text: string) => /3 of 3/.test(text) && resolve()));
    // Lines and rows are there already; a list of all needs its end.
    expect(readdirSync(folder).toSorted()).toEqual(["a.yaml", "b.yaml", "long.yaml", "out.csv", "out.jsonl"]);
    child.kill("SIGINT");
    const ran = await end;
    expect(ran).toMatchObject({ code: 130, stdout: "" });
    expect(ran.stderr).toContain("mllm-shap: 2 of 3 specs explained\n");
    const read = (file: string) => readResults(readFileSync(join(folder, file), "utf8"), file).map((result) => result.spec.path);
    expect(read("out.jsonl")).toEqual(["a.yaml", "b.yaml"]);
    expect(read("out.json")).toEqual(["a.yaml", "b.yaml"]);
    const rows = readFileSync(join(folder, "out.csv"), "utf8").split("\r\n");
    expect(rows.filter((row) => row.startsWith("spec,"))).toHaveLength(1);
    expect(new Set(rows.slice(1, -1).map((row) => row.split(",").slice(0, 2).join()))).toEqual(new Set(["a.yaml,0", "b.yaml,1"]));
  });

  test("the second Ctrl-C ends it at once", async () => {
    const folder = folderWith({ "conv.yaml": LONG });
    const child = start(["explain", "conv.yaml", "-v"], { cwd: folder });
    const end = finished(child);
    await new Promise<void>((resolve) => child.stderr?.on("data", (text: string) => /plan/.test(text) && resolve()));
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect((await end).code).toBe(130);
  });
});

describe("streams", () => {
  test("a reader that closes the pipe ends it quietly", () => {
    const folder = folderWith({ "conv.yaml": LIGHT });
    const script = `set -o pipefail; "${process.execPath}" "${BIN}" schema | head -c 10 >/dev/null; echo "\${PIPESTATUS[0]}"; "${process.execPath}" "${BIN}" explain conv.yaml -q | true; echo "\${PIPESTATUS[0]}"`;
    expect(execFileSync("bash", ["-c", `(${script}) 2>&1`], { cwd: folder, encoding: "utf8" })).toBe("0\n0\n");
  });

  test("a large result arrives whole through a slow pipe", () => {
    const folder = folderWith({ "conv.yaml": LIGHT });
    const script = `"${process.execPath}" "${BIN}" explain ${"conv.yaml ".repeat(20)} --format json -q | (sleep 2; cat) | "${process.execPath}" -e 'let t="";process.stdin.on("data",d=>t+=d).on("end",()=>console.log(JSON.parse(t).length))'`;
    expect(execFileSync("bash", ["-c", script], { cwd: folder, encoding: "utf8" })).toBe("20\n");
  });

  test.runIf(existsSync("/dev/full"))("a full disk behind stdout is one line and exit code 1", async () => {
    const folder = folderWith({ "conv.yaml": LIGHT });
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [BIN, "explain", "conv.yaml", "-q"], { cwd: folder, stdio: ["ignore", full, "pipe"] });
    const { code, stderr } = await finished(child);
    closeSync(full);
    const kept = /^mllm-shap: cannot write to standard output: no space left; the result is kept in (.*\.json)\n$/.exec(stderr)?.[1] ?? "";
    expect(code).toBe(1);
    expect(readResults(readFileSync(kept, "utf8"), kept)).toHaveLength(1);
    rmSync(dirname(kept), { recursive: true });
  });

  test.runIf(existsSync("/dev/full"))("also where it is not a result that is printed", async () => {
    const full = openSync("/dev/full", "w");
    const { code, stderr } = await finished(spawn(process.execPath, [BIN, "schema"], { stdio: ["ignore", full, "pipe"] }));
    closeSync(full);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "mllm-shap: cannot write to standard output: no space left\n" });
  });

  test("--quiet says nothing, --verbose tells the plan, and both on stderr only", async () => {
    const folder = folderWith({ "conv.yaml": LIGHT });
    expect((await run(["explain", "conv.yaml", "-q", "-o", "out.json"], { cwd: folder })).stderr).toBe("");
    const { stdout, stderr } = await run(["explain", "conv.yaml", "-v"], { cwd: folder });
    expect(stderr).toMatch(/^plan: /m);
    expect(() => JSON.parse(stdout)).not.toThrow();
  });

  test("--debug shows the stack, other runs do not", async () => {
    const folder = folderWith({ "conv.yaml": "model: {}" });
    expect((await run(["explain", "conv.yaml", "--debug"], { cwd: folder })).stderr).toMatch(/^ +at /m);
    expect((await run(["explain", "conv.yaml"], { cwd: folder })).stderr).not.toMatch(/^ +at /m);
  });
});

describe("help, versions, schemas", () => {
  test("every key of the spec has its flag and its default in --help", async () => {
    const { code, stdout, stderr } = await run(["explain", "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const flag of ["--sampler", "--budget", "--payoff", "--players", "--seed", "--no-cache", "--batch-size", "--set"])
      expect(stdout).toContain(flag);
    expect(stdout.replace(/\s+/g, " ")).toContain("as 10n (default 1024)");
  });

  test("help COMMAND is COMMAND --help", async () => {
    const [help, flag] = [await run(["help", "align"]), await run(["align", "--help"])];
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toBe(flag.stdout);
  });

  test("--version and --help load no model's runtime, no schema and no parser", async () => {
    const hooks = `export async function load(url, context, next) { process._rawDebug("loads " + url); return await next(url, context); }`;
    const trace = `import { register } from "node:module"; register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hooks)}));`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(trace)}` };
    for (const flag of ["--version", "--help"]) {
      const { code, stderr } = await run([flag], { env });
      const libraries = [...stderr.matchAll(/^loads .*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name]) => name);
      expect(code).toBe(0);
      expect([...new Set(libraries)].sort()).toEqual(["commander"]);
      expect(stderr).not.toMatch(/^loads .*\/dist\/(?:connectors|inference|audio|spec|shapley|payoffs|results)\//m);
    }
  });

  test("--version prints the package's", async () => {
    const { stdout } = await run(["--version"]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("an unknown command names the nearest and is wrong usage", async () => {
    expect(await run(["explian"])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "mllm-shap: unknown command 'explian' (Did you mean explain?)\n",
    });
    expect((await run([])).code).toBe(2);
  });

  test("schema and schema --result are JSON Schemas", async () => {
    const [specs, results] = [JSON.parse((await run(["schema"])).stdout), JSON.parse((await run(["schema", "--result"])).stdout)];
    expect(specs.properties.explain.properties.sampler.default).toBe("auto");
    expect(Object.keys(results.properties)).toContain("conversation");
  });

  test("models lists the embedded ones and what runs here", async () => {
    const { embedded, devices, cached } = JSON.parse((await run(["models"])).stdout);
    expect(embedded.map(({ repo }: { repo: string }) => repo)).toContain("embedded:nano");
    expect(devices[0]).toEqual({ device: "cpu", usable: true, reason: null });
    expect(cached).toEqual([]);
  });
});

describe("environment", () => {
  test("HF_HUB_OFFLINE forbids downloads", async () => {
    const folder = folderWith({ "conv.yaml": LIGHT.replace("embedded:nano", "owner/name") });
    const { code, stderr } = await run(["explain", "conv.yaml", "--allow-download"], { cwd: folder, env: { HF_HUB_OFFLINE: "1" } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^mllm-shap: model owner\/name \(revision main\) is not cached, and offline use is asked for\n$/);
  });

  test("NO_COLOR turns colours off where there would be some", async () => {
    const folder = folderWith({ "conv.yaml": LIGHT });
    const args = ["explain", "conv.yaml", "--format", "text"];
    expect((await run(args, { cwd: folder, env: { FORCE_COLOR: "3" } })).stdout).toContain("\u001b[");
    expect((await run(args, { cwd: folder, env: { FORCE_COLOR: "3", NO_COLOR: "1" } })).stdout).not.toContain("\u001b");
  });
});

describe("asking for a download", () => {
  const request = async () =>
    await requestOf(
      { model: { connector: "transformers-text", repo: "owner/name" }, messages: [{ role: "user", content: "hi" }] },
      process.cwd(),
    );
  const contextOf = (answer: string, canAsk = true) =>
    ({
      stdin: Readable.from([`${answer}\n`]),
      canAsk,
      terminal: { say: () => {} },
      interrupt: { signal: new AbortController().signal },
    }) as unknown as Context;
  const wants = async ({ policy }: ExplainRequest) => {
    if (!policy.allowDownload) throw new NotCachedError("not cached");
    return "fetched";
  };

  test("yes permits it; anything else, or nobody to ask, does not", async () => {
    expect(await withPermission(await request(), contextOf("y"), wants)).toBe("fetched");
    await expect(withPermission(await request(), contextOf(""), wants)).rejects.toThrow("not cached");
    await expect(withPermission(await request(), contextOf("y", false), wants)).rejects.toThrow("not cached");
  });
});

describe("pieces", () => {
  const told: string[] = [];
  const terminal = { say: (line: string) => told.push(line), setBar: () => {}, stderrIsTerminal: false } as unknown as Terminal;

  test("a warning is told once, a log only when asked for", () => {
    told.length = 0;
    const { onEvent } = createProgress(terminal, "normal");
    onEvent({ kind: "warning", message: "careful" });
    onEvent({ kind: "warning", message: "careful" });
    onEvent({ kind: "log", message: "detail" });
    createProgress(terminal, "quiet").onEvent({ kind: "warning", message: "careful" });
    createProgress(terminal, "verbose").onEvent({ kind: "log", message: "detail" });
    expect(told).toEqual(["warning: careful", "detail"]);
  });

  test("errors of ours speak for themselves, others say how to see more", () => {
    expect(failureOf(new SpecError("two\n lines", { position: { file: "a.yaml", line: 1, column: 2 } }))).toMatchObject({
      exitCode: 2,
      message: "a.yaml:1:2: two lines",
    });
    expect(failureOf(new TypeError("x is undefined"))).toMatchObject({
      exitCode: 1,
      message: "unexpected TypeError: x is undefined (run again with --debug to see where)",
    });
    expect(failureOf(new Error("outer", { cause: new Error("inner") })).stack).toMatch(/outer[\s\S]*caused by Error: inner/);
  });
});
