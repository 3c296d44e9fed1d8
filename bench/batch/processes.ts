import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const SAMPLE_MS = 200;

/** One moment of a batch's processes. */
export interface Sample {
  /** Seconds since it began. */
  readonly at: number;
  /** Resident MiB of the process that was started. */
  readonly parent: number;
  /** Of the largest of those below it; 0 where there is none. */
  readonly worker: number;
}

export interface Ended {
  /** null where it was killed. */
  readonly code: number | null;
  readonly seconds: number;
  readonly samples: readonly Sample[];
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd: string;
  /** Folder that keeps answers. */
  readonly cache: string;
  /** Kills it (SIGKILL) after so long. */
  readonly killMs?: number;
}

/** Runs the command line that was compiled with this bench. Memory is sampled where there is /proc. */
export function runTool(args: readonly string[], { cwd, cache, killMs }: StartOptions): Promise<Ended> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, MLLM_SHAP_CACHE: cache },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const samples: Sample[] = [];
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const sampler = setInterval(() => {
    const parent = residentOf(child.pid ?? 0);
    if (parent > 0) samples.push({ at: seconds(), parent, worker: Math.max(0, ...childrenOf(child.pid ?? 0).map(residentOf)) });
  }, SAMPLE_MS);
  const timer = killMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killMs);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(sampler);
      clearTimeout(timer);
      resolve({ code, seconds: seconds(), samples, stderr });
    });
  });
}

/** MiB; 0 where the process is gone, or there is no /proc. */
function residentOf(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
