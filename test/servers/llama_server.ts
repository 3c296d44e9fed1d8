import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A setting that `npm run test:servers` makes. */
export function setting(name: string): string {
  const value = process.env[`MLLM_SHAP_SERVERS_${name}`];
  if (value === undefined) throw new Error("start this by `npm run test:servers`");
  return value;
}

const SERVE = fileURLToPath(new URL("../../scripts/servers/serve_llama.py", import.meta.url));
const running: ChildProcess[] = [];

/** Starts llama.cpp's server on SmolLM2 and waits until it answers. @param args a file for `--mmproj`, flags */
export async function serve(...args: readonly string[]): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const child = spawn(setting("PYTHON"), [SERVE, setting("MODEL"), ...args], { stdio: ["pipe", "pipe", "ignore"] });
  running.push(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
    child.once("exit", (code) => reject(new Error(`the server ended with code ${code}`)));
  });
  for (;;) {
    const ready = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return { url, process: child };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export function stopServers(): void {
  for (const child of running.splice(0)) child.kill("SIGKILL");
}
