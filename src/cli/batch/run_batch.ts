import type { Override } from "../../spec/overrides.js";
import type { Context } from "../context.js";
import type { BatchFlags } from "./batch_flags.js";
import { withBatch } from "./open_batch.js";
import type { Task } from "./task.js";
import { workOff } from "./work_off.js";

/** What worker processes of `batch` run. */
export const EXPLAINING = new URL("./worker_process.js", import.meta.url);

/**
 * Explains the conversations of a manifest, or of one shard of it, each in a worker process; those with a result in the folder are left.
 * @returns the exit code: 0 all have results, 1 some failed for good, 75 worth running again.
 */
export async function runBatch(
  manifests: readonly string[],
  overrides: readonly Override[],
  flags: BatchFlags,
  context: Context,
): Promise<number> {
  return await withBatch(manifests, overrides, flags, context, async (plan, batch, settings, signal) =>
    workOff(plan, batch, { file: EXPLAINING, taskOf: async (job): Promise<Task> => ({ job, settings }), signal }),
  );
}
