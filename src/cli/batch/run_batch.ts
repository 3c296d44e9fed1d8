import type { Plan, Planned } from "../../batch/plan.js";
import { requestOfSource } from "../../batch/request.js";
import type { Override } from "../../spec/overrides.js";
import { itemAt } from "../../util/elements.js";
import type { Context } from "../context.js";
import { requireAffordable } from "../cost_limit.js";
import type { BatchFlags } from "./batch_flags.js";
import { type Batch, withBatch } from "./open_batch.js";
import type { Settings, Task } from "./task.js";
import { knownOf, sort, workOff } from "./work_off.js";

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
  return await withBatch(manifests, overrides, flags, context, async (plan, batch, settings, signal) => {
    await requireShardAffordable(plan, batch, settings, flags);
    return await workOff(plan, batch, { file: EXPLAINING, taskOf: async (job): Promise<Task> => ({ job, settings }), signal });
  });
}

/** @throws SpecError where what is left of the shard would cost more than the user allows. */
async function requireShardAffordable(plan: Plan<Planned>, batch: Batch, settings: Settings, flags: BatchFlags): Promise<void> {
  const { jobs } = sort(plan, await knownOf(batch), batch.maxAttempts);
  const request = async (i: number) => {
    const { source, where } = itemAt(jobs, i);
    return await requestOfSource(source, where, settings);
  };
  await requireAffordable({ count: jobs.length, request }, flags, batch.context);
}
