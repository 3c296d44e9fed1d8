import { fileURLToPath } from "node:url";
import { Tinypool } from "tinypool";
import type { Outcome } from "../../batch/drive.js";
import type { OnEvent } from "../../events.js";
import { orAborted } from "../../util/abort.js";
import type { Answer } from "./task.js";

/** Processes that do tasks; one that dies takes its own task with it and no other. */
export interface WorkerPool<T> {
  /** Never rejects. */
  attempt(task: T, signal: AbortSignal): Promise<Outcome>;
  /** Ends every process at once: answers are on disk as they come. */
  close(): Promise<void>;
}

export interface PoolOptions {
  /** What each process runs. */
  readonly file: URL;
  readonly workers: number;
  readonly env: NodeJS.ProcessEnv;
  readonly onEvent: OnEvent;
  /** Told of the stacks of errors. */
  readonly onStack: (stack: string) => void;
}

export function createPool<T>({ file, workers, env, onEvent, onStack }: PoolOptions): WorkerPool<T> {
  const pool = new Tinypool({
    runtime: "child_process",
    filename: fileURLToPath(file),
    minThreads: 0,
    maxThreads: workers,
    // A model that was loaded stays so.
    idleTimeout: 2 ** 31 - 1,
    isolateWorkers: false,
    serialization: "advanced",
    terminateTimeout: 2_000,
    env: Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined)),
  });
  // A process that dies between two conversations is replaced, and nobody's loss.
  pool.on("error", () => undefined);
  return {
    async attempt(task, signal) {
      if (signal.aborted) return { kind: "interrupted" };
      const running = (pool.run(task) as Promise<Answer>).catch((error: unknown) => died(error));
      const answer = await orAborted(running, signal).catch(() => null);
      if (answer === null || signal.aborted) return { kind: "interrupted" };
      for (const event of answer.events) onEvent(event);
      if ("line" in answer) return { kind: "done", line: answer.line };
      if (answer.stack !== "") onStack(answer.stack);
      return { kind: "failed", failure: answer.failure };
    },
    async close() {
      for (const { threadId } of pool.threads) kill(threadId);
      await pool.destroy();
    },
  };
}

/** What a crash, a lack of memory or somebody's kill looks like from here. */
function died(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error);
  return { failure: { kind: "killed", message: `its process ended: ${message}`, permanent: false }, stack: "", events: [] };
}

/** It may be gone already. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {}
}
