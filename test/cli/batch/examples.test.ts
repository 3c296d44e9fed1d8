import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { finished, folderWith } from "../run.js";
import { conversation, idsIn, jsonLines, longConversation, manifestOf, recordsOf, until } from "./conversations.js";

const EXAMPLES = fileURLToPath(new URL("../../../examples/batch/", import.meta.url));
const BIN = fileURLToPath(new URL("../../../bin/mllm-shap.js", import.meta.url));
const example = (name: string): string => readFileSync(join(EXAMPLES, name), "utf8");

/** Nothing to read: bash takes a socket for a remote shell, and reads its settings, which have a PATH of their own. */
const QUIET: { readonly stdio: ("ignore" | "pipe")[]; readonly encoding: "utf8" } = { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" };

/** A folder with a manifest, and with the programs that an example expects to find: ours, and fakes of a scheduler's. */
function place(programs: Readonly<Record<string, string>>, manifest = manifestOf(4)) {
  const folder = folderWith({ "conversations.jsonl": manifest });
  const bin = folderWith({});
  const all = { "mllm-shap": `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`, ...programs };
  for (const [name, text] of Object.entries(all)) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  const { HOME = "", PATH = "" } = process.env;
  return {
    folder,
    env: { HOME, USER: "tester", PATH: `${bin}:${PATH}`, TMPDIR: folderWith({}), MANIFEST: "conversations.jsonl", OUT: "out" },
  };
}

test.each(readdirSync(EXAMPLES))("%s has at most 25 lines", (name) => {
  expect(example(name).trimEnd().split("\n").length).toBeLessThanOrEqual(25);
});

describe("slurm.sbatch", () => {
  const SCONTROL = { scontrol: '#!/bin/sh\necho "$@" >> requeued\n' };
  const slurm = (id: number) => ({
    SLURM_ARRAY_JOB_ID: "77",
    SLURM_ARRAY_TASK_ID: String(id),
    SLURM_ARRAY_TASK_MIN: "0",
    SLURM_ARRAY_TASK_COUNT: "2",
  });

  test("runs the array's shards", () => {
    const { folder, env } = place(SCONTROL);
    for (const id of [0, 1]) {
      const { status, stderr } = spawnSync("bash", [join(EXAMPLES, "slurm.sbatch")], {
        cwd: folder,
        env: { ...env, ...slurm(id), SHARDS: "2" },
        ...QUIET,
      });
      expect(status, stderr).toBe(0);
    }
    expect(idsIn(join(folder, "out"))).toEqual(["c0", "c1", "c2", "c3"]);
    expect(existsSync(join(folder, "requeued"))).toBe(false);
  });

  test("passes a preemption on, and is queued again, five times at most", async () => {
    const { folder, env } = place(SCONTROL, jsonLines([longConversation(0)]));
    for (const restarts of ["4", "5"]) {
      const child = spawn("bash", [join(EXAMPLES, "slurm.sbatch")], {
        cwd: folder,
        env: { ...env, ...slurm(0), SHARDS: "1", SLURM_RESTART_COUNT: restarts, MLLM_SHAP_CACHE: "" },
        stdio: QUIET.stdio,
      });
      const end = finished(child);
      const attempts = join(folder, "out/attempts-0-of-1.jsonl");
      const before = recordsOf(attempts).length;
      await until(() => recordsOf(attempts).length > before, "an attempt");
      child.kill("SIGTERM");
      expect((await end).code).toBe(143);
    }
    expect(readFileSync(join(folder, "requeued"), "utf8")).toBe("requeue 77_0\n");
  });
});

test("k8s-job.yaml is an indexed job whose pods run their shards", () => {
  const job = parse(example("k8s-job.yaml")) as {
    readonly spec: {
      readonly completionMode: string;
      readonly completions: number;
      readonly podFailurePolicy: { readonly rules: readonly { readonly action: string }[] };
      readonly template: {
        readonly spec: { readonly restartPolicy: string; readonly containers: readonly [{ readonly command: readonly string[] }] };
      };
    };
  };
  const { completionMode, completions, podFailurePolicy, template } = job.spec;
  expect({ completionMode, restartPolicy: template.spec.restartPolicy }).toEqual({ completionMode: "Indexed", restartPolicy: "Never" });
  expect(podFailurePolicy.rules.map(({ action }) => action)).toEqual(["Ignore", "FailIndex"]);
  const [program = "", ...args] = template.spec.containers[0].command;
  expect(args.at(-1)).toBe(String(completions));
  const { folder, env } = place({}, jsonLines(Array.from({ length: 18 }, (_, i) => conversation(i))));
  for (const index of ["1", "15"]) {
    const here = args.map((arg) => arg.replace("/data/", `${folder}/`));
    const { status, stderr } = spawnSync(program, here, { cwd: folder, env: { ...env, JOB_COMPLETION_INDEX: index }, ...QUIET });
    expect(status, stderr).toBe(0);
  }
  expect(idsIn(join(folder, "out"))).toEqual(["c1", "c15", "c17"]);
});

/** `aws s3 cp` between folders. */
const AWS = `#!/bin/bash
shift 2; from=$1 to=$2; shift 2
local() { echo "$1" | sed "s|^s3://bucket|$BUCKET|"; }
from=$(local "$from"); to=$(local "$to")
if [[ "$*" == *--recursive* ]]; then
  mkdir -p "$to"; include=$(echo "$*" | sed -n "s/.*--include //p")
  for f in "$from"/\${include:-*}; do [ -f "$f" ] && [[ $(basename "$f") != lock-* ]] && cp "$f" "$to"; done; true
else cp "$from" "$to"; fi
`;

test("aws-batch.json runs an array's shards against a bucket, and goes on from it", () => {
  const definition = JSON.parse(example("aws-batch.json")) as {
    readonly retryStrategy: { readonly evaluateOnExit: readonly { readonly onExitCode?: string; readonly action: string }[] };
    readonly containerProperties: { readonly command: readonly string[] };
  };
  const exits = definition.retryStrategy.evaluateOnExit.filter(({ action }) => action === "EXIT");
  expect(exits.map(({ onExitCode }) => onExitCode)).toEqual(["1", "2"]);
  const [program = "", ...args] = definition.containerProperties.command.map((arg) => arg.replace("Ref::bucket", "s3://bucket"));
  const { folder: bucket, env } = place({ aws: AWS });
  mkdirSync(join(bucket, "out"));
  for (const index of ["0", "1", "1"]) {
    const cwd = folderWith({});
    const task = { ...env, BUCKET: bucket, AWS_BATCH_JOB_ARRAY_INDEX: index, AWS_BATCH_JOB_ARRAY_SIZE: "2" };
    const { status, stderr } = spawnSync(program, args, { cwd, env: task, ...QUIET });
    expect(status, stderr).toBe(0);
  }
  expect(idsIn(join(bucket, "out"))).toEqual(["c0", "c1", "c2", "c3"]);
  expect(recordsOf(join(bucket, "out/attempts-1-of-2.jsonl"))).toHaveLength(2);
});

const hasParallel = spawnSync("parallel", ["--version"], { encoding: "utf8" }).stdout?.startsWith("GNU parallel") ?? false;

test.skipIf(!hasParallel)(
  `parallel.sh runs all shards, and a second run leaves them${hasParallel ? "" : " (skipped: GNU parallel is not installed)"}`,
  () => {
    const { folder, env } = place({});
    for (const round of [1, 2]) {
      execFileSync(join(EXAMPLES, "parallel.sh"), ["conversations.jsonl", "out"], {
        cwd: folder,
        env: { ...env, SHARDS: "3" },
        stdio: "ignore",
      });
      expect(idsIn(join(folder, "out")), `round ${round}`).toEqual(["c0", "c1", "c2", "c3"]);
    }
    expect(readFileSync(join(folder, "out/joblog"), "utf8").trim().split("\n")).toHaveLength(1 + 3);
  },
);
