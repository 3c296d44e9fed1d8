import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const BIN = fileURLToPath(new URL("../../bin/mllm-shap.js", import.meta.url));
export const CONFIGS = fileURLToPath(new URL("../../configs", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the built command with an environment that has no settings of the developer's own; every run has a cache of its own. */
export function start(args: readonly string[], { cwd, env = {} }: RunOptions = {}): ChildProcess {
  const { PATH, HOME } = process.env;
  const apart = { HF_HOME: join(tmpdir(), "no-such-cache"), MLLM_SHAP_CACHE: folderWith({}) };
  return spawn(process.execPath, [BIN, ...args], { cwd, env: { PATH, HOME, ...apart, ...env } });
}

/** What a slow machine is told besides: lines of progress come after some seconds. */
export function withoutProgress(stderr: string): string {
  return stderr.replaceAll(/^(coalitions: .*|[a-z ]+ \(\d+ s\))\n/gm, "");
}

/** Runs the built command to its end. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = start(args, options);
  child.stdin?.on("error", () => {});
  child.stdin?.end(options.input ?? "");
  return await finished(child);
}

export function finished(child: ChildProcess): Promise<Ran> {
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...text }));
  });
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the file's tests, holding the given files. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "cli-test-")));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** A spec for the embedded model. */
export function spec(content: string, explain = "{players: word}"): string {
  return `model: {connector: transformers-text, repo: embedded:nano}\nmessages:\n  - {role: user, content: ${JSON.stringify(content)}}\nexplain: ${explain}\n`;
}

export const LIGHT = spec("turn on the kitchen light");
