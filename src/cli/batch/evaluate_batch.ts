import { dirname, join, resolve } from "node:path";
import { planResults } from "../../batch/plan_results.js";
import { SpecError } from "../../errors.js";
import type { Context } from "../context.js";
import { type EvaluateFlags, rankingsOf } from "../evaluate_results.js";
import { evaluatedOverrides, specFolderOf } from "../evaluated_request.js";
import { policyOf } from "../policy.js";
import { isFolder } from "../read_text.js";
import { openSet } from "../result_sets.js";
import { devicesOf, type ShardFlags } from "./batch_flags.js";
import type { EvaluateSettings, EvaluateTask } from "./evaluate_task.js";
import { batchOf, withShard } from "./open_batch.js";
import { workOff } from "./work_off.js";

export interface EvaluateBatchFlags extends Omit<EvaluateFlags, "progress">, ShardFlags {}

const EVALUATING = new URL("./evaluate_process.js", import.meta.url);

/** Flags that only many results have. */
const OF_MANY = ["workers", "devices", "shard", "shards", "takeOver", "retryFailed", "maxAttempts"] as const;

/** Whether results are to be evaluated in worker processes, into a folder: all of a batch's folder are. */
export async function isMany(file: string, flags: EvaluateBatchFlags, context: Context): Promise<boolean> {
  return OF_MANY.some((flag) => flags[flag] !== undefined) || (await isFolder(file, context));
}

/**
 * Evaluates the results of a batch's folder or of a file, each in a worker process; those with an evaluation in the folder are left.
 * @returns the exit code: 0 all have evaluations, 1 some failed for good, 75 worth running again.
 */
export async function evaluateBatch(file: string, flags: EvaluateBatchFlags, context: Context): Promise<number> {
  if (flags.output === undefined)
    throw new SpecError("evaluations of many results need -o FOLDER, which keeps them; summarize takes it as --evaluations");
  if (flags.format !== undefined)
    throw new SpecError("--format: evaluations of many results are kept in a folder; merge writes files of it");
  const batch = batchOf("evaluate", flags, context);
  const settings = await settingsOf(file, flags, context);
  const set = await openSet([file], context);
  const { payoff = null } = flags;
  const asked = [payoff, settings.policy.payoffCommand?.argv ?? null, settings.rankings ?? null];
  return await withShard(
    batch,
    (onRead) => planResults(set, batch.found.shard, asked, onRead),
    async (plan, signal) => {
      const taskOf = async ({ id, key }: { readonly id: string; readonly key: string }): Promise<EvaluateTask> => ({
        job: { id, key },
        result: await set.read(id),
        settings,
      });
      return await workOff(plan, batch, { file: EVALUATING, taskOf, signal });
    },
  );
}

async function settingsOf(file: string, flags: EvaluateBatchFlags, context: Context): Promise<EvaluateSettings> {
  const { cwd, env } = context;
  const folder = await isFolder(file, context);
  const own = folder || file === "-" ? cwd : dirname(resolve(cwd, file));
  return {
    folder: await specFolderOf(flags, own, cwd),
    folderSaid: flags.folder !== undefined,
    // Sounds that a batch took out of tables.
    also: folder ? [join(resolve(cwd, file), "inputs")] : [],
    overrides: evaluatedOverrides(flags),
    policy: policyOf(flags, env),
    rankings: rankingsOf(flags),
    run: flags.run !== false,
    cache: flags.cache !== false,
    cwd,
    devices: devicesOf(flags.devices),
  };
}
