import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * Runs a file in a process of its own, so that its peak memory is its own, and nothing that ran before it slows it down.
 * @param file is run with `task` as JSON; what it hands to `reply` comes back.
 */
export function inChild(file: URL, task: unknown): unknown {
  const told = execFileSync(process.execPath, [fileURLToPath(file), JSON.stringify(task)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(told);
}

/** In the child: what it was asked. */
export function task(): unknown {
  return JSON.parse(process.argv[2] ?? "null");
}

/** In the child: what it found. */
export function reply(found: unknown): void {
  process.stdout.write(JSON.stringify(found));
}
