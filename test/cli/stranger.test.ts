import { type ChildProcess, execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { endlessDecoder, sumGraph, tensor } from "../support/hostile_graphs.js";
import { CONFIGS, finished, folderWith, LIGHT, run, start, withoutProgress } from "./run.js";

const NANO = fileURLToPath(new URL("../../fixtures/models/nano/text", import.meta.url));
const BIN = fileURLToPath(new URL("../../bin/mllm-shap.js", import.meta.url));

/** A spec beside a model's folder `m`, which `change` makes a stranger's. */
function strangers(change: (model: string, folder: string) => void): string {
  const folder = folderWith({ "conv.yaml": LIGHT.replace("embedded:nano", "./m"), "secret.txt": "SECRET=1" });
  cpSync(NANO, join(folder, "m"), { recursive: true });
  change(join(folder, "m"), folder);
  return folder;
}

/** How the command ends after a signal: by its code or, where a thread of it cannot be waited for, by the signal itself. */
async function interrupted(child: ChildProcess, signal: "SIGINT" | "SIGTERM", after: number) {
  const end = finished(child);
  await new Promise((over) => setTimeout(over, after));
  const started = performance.now();
  child.kill(signal);
  const ran = await end;
  return { ...ran, seconds: (performance.now() - started) / 1_000 };
}

describe.skipIf(process.platform === "win32")("what never ends is ended by a signal", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("a graph that loops for ever, by %s", async (signal, code) => {
    const folder = strangers((model) => writeFileSync(join(model, "onnx", "model.onnx"), endlessDecoder(855)));
    const ran = await interrupted(start(["explain", "conv.yaml", "--no-cache"], { cwd: folder }), signal, 6_000);
    expect(withoutProgress(ran.stderr)).toBe("mllm-shap: interrupted\n");
    expect(ran.signal === signal || ran.code === code).toBe(true);
    // Two, and what a busy machine takes.
    expect(ran.seconds).toBeLessThan(8);
  });

  test("a spec that is a pipe that nobody writes to", async () => {
    const folder = folderWith({});
    execFileSync("mkfifo", [join(folder, "pipe.yaml")]);
    const ran = await interrupted(start(["explain", "pipe.yaml", "--no-cache"], { cwd: folder }), "SIGTERM", 4_000);
    expect(ran.stderr).toBe("mllm-shap: interrupted\n");
    expect(ran.signal === "SIGTERM" || ran.code === 143).toBe(true);
    expect(ran.seconds).toBeLessThan(8);
  });
});

describe.skipIf(process.platform === "win32")("a stranger's model reads nothing beyond its folder", () => {
  const ways: readonly (readonly [string, (model: string, folder: string) => void, RegExp])[] = [
    [
      "a configuration that is a link",
      (model) => {
        execFileSync("rm", [join(model, "config.json")]);
        symlinkSync("/proc/self/environ", join(model, "config.json"));
      },
      /config\.json leads out of the model's folder/,
    ],
    [
      "a tokeniser that is a link",
      (model) => {
        execFileSync("rm", [join(model, "tokenizer.json")]);
        symlinkSync("../secret.txt", join(model, "tokenizer.json"));
      },
      /tokenizer\.json leads out of the model's folder/,
    ],
    [
      "a configuration that is a pipe",
      (model) => {
        execFileSync("rm", [join(model, "generation_config.json")]);
        execFileSync("mkfifo", [join(model, "generation_config.json")]);
      },
      /(has no|generation_config\.json is a pipe, not a file)/,
    ],
    [
      "a graph that is a link",
      (model, folder) => {
        writeFileSync(join(folder, "other.onnx"), "x");
        execFileSync("rm", [join(model, "onnx", "model.onnx")]);
        symlinkSync("../../other.onnx", join(model, "onnx", "model.onnx"));
      },
      /model\.onnx cannot be read: it leads out of the model's folder/,
    ],
    [
      "a graph whose weights are a device",
      (model) => {
        const weight = { name: "w", type: 1, dims: [2], data: new Uint8Array(0) };
        writeFileSync(join(model, "onnx", "model.onnx"), sumGraph(tensor(weight, { location: "/dev/zero", length: "8" }, 1)));
      },
      /its data file \S+ leads out of the graph's folder/,
    ],
  ];
  test.each(ways)("%s", async (_, change, problem) => {
    const { code, stdout, stderr } = await run(["explain", "conv.yaml", "--no-cache"], { cwd: strangers(change) });
    expect(stdout).toBe("");
    expect(code === 1 || code === 2).toBe(true);
    expect(stderr).toMatch(problem);
    expect(stderr).not.toMatch(/SECRET|PATH=/);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe.skipIf(process.platform !== "linux")("login nodes of clusters", () => {
  test.each([
    ["ulimit -n 64", "few open files"],
    ["ulimit -v 4000000", "little address space"],
  ])("%s (%s) suffices for the demo", (limit) => {
    const folder = folderWith({});
    mkdirSync(join(folder, "cache"));
    const command = `${limit}; exec "${process.execPath}" "${BIN}" explain "${join(CONFIGS, "demo.yaml")}" --no-cache -q --format json`;
    const ran = spawnSync("sh", ["-c", command], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, MLLM_SHAP_CACHE: join(folder, "cache") },
    });
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expect((JSON.parse(ran.stdout) as { schema: string }).schema).toMatch(/^mllm-shap\//);
  });
});
