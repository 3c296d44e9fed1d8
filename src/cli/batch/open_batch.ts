import { mkdir } from "node:fs/promises";
import { type FoundShard, findShard } from "../../batch/find_shard.js";
import { fileOf, lockFile } from "../../batch/folder.js";
import { LockedError, takeLock } from "../../batch/lock.js";
import { type Job, type Plan, type Planned, planBatch } from "../../batch/plan.js";
import { type BatchTask, taskOf, writePlan } from "../../batch/plan_file.js";
import { shardName } from "../../batch/shard.js";
import { SpecError } from "../../errors.js";
import type { Override } from "../../spec/overrides.js";
import { type Context, verbosityOf } from "../context.js";
import { whyUnwritable } from "../files.js";
import { createProgress } from "../progress.js";
import { attemptsOf, type BatchFlags, folderOf, linesOf, type ShardFlags, settingsOf, TRY_AGAIN, workersOf } from "./batch_flags.js";
import type { Settings } from "./task.js";
import { wholeNumber } from "./whole_number.js";

/** A shard of a batch as it was asked for. */
export interface Batch {
  readonly task: BatchTask;
  /** Absolute. */
  readonly folder: string;
  readonly found: FoundShard;
  readonly workers: number;
  readonly maxAttempts: number;
  readonly flags: ShardFlags;
  readonly context: Context;
}

/** @throws SpecError where flags contradict each other, or the environment. */
export function batchOf(task: BatchTask, flags: ShardFlags, context: Context): Batch {
  const shards = wholeNumber("--shards", flags.shards, 1, 1_000_000);
  return {
    task,
    folder: folderOf(flags, context),
    found: findShard(flags.shard, shards, context.env),
    workers: workersOf(flags),
    maxAttempts: attemptsOf(flags),
    flags,
    context,
  };
}

/** What is done with a manifest's conversations. @returns the exit code. */
export type Work = (plan: Plan<Planned>, batch: Batch, settings: Settings, signal: AbortSignal) => Promise<number>;

/**
 * Reads the conversations of one's shard of a manifest, and has them worked on.
 * @returns the exit code: that of the work, or 75 where another process has the shard.
 */
export async function withBatch(
  manifests: readonly string[],
  overrides: readonly Override[],
  flags: BatchFlags,
  context: Context,
  work: Work,
): Promise<number> {
  const batch = batchOf("explain", flags, context);
  const settings = settingsOf(flags, overrides, context);
  const lines = await linesOf(manifests, flags, context);
  const planning: Planning<Planned> = (onRead) => planBatch(lines, batch.found.shard, settings, onRead);
  return await withShard(batch, planning, (plan, signal) => work(plan, batch, settings, signal));
}

/** Reads what there is to do. @param onRead told how many were read, now and then. */
export type Planning<J extends Job> = (onRead: (read: number) => void) => Promise<Plan<J>>;

/**
 * Takes a shard's lock, plans what there is to do, and has it done.
 * @returns the exit code: that of the work, or 75 where another process has the shard.
 * @throws SpecError where the folder cannot be made, or holds another kind of results.
 */
export async function withShard<J extends Job>(
  batch: Batch,
  planning: Planning<J>,
  work: (plan: Plan<J>, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const { folder, found, flags, context } = batch;
  const { shard, from } = found;
  if (from !== null && verbosityOf(flags).loudness !== "quiet") context.terminal.say(`shard ${shard.index} of ${shard.count}: ${from}`);
  await makeFolder(folder);
  await refuseOther(batch);
  try {
    return await locked(batch, async (signal) => work(await planned(batch, planning), signal));
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    context.terminal.say(`mllm-shap: ${error.message}`);
    return TRY_AGAIN;
  }
}

/** @throws SpecError where it cannot be made. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new SpecError(`-o ${folder}: ${whyUnwritable(cause)}`, { cause });
  }
}

const HOLDS: Readonly<Record<BatchTask, string>> = { explain: "results of batch", evaluate: "evaluations" };

/** A plan would replace the other's. */
async function refuseOther({ folder, task }: Batch): Promise<void> {
  const there = await taskOf(folder);
  if (there !== null && there !== task)
    throw new SpecError(`-o ${folder}: holds ${HOLDS[there]}; ${HOLDS[task]} need a folder of their own`);
}

/** @throws LockedError where another process has the shard, or takes it over meanwhile. */
async function locked({ folder, found, flags, context }: Batch, act: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.interrupt.signal, stop.signal]);
  let lost: LockedError | null = null;
  const lock = await takeLock(lockFile(folder, shardName(found.shard)), {
    takeOver: flags.takeOver === true,
    signal,
    onWait: (message) => context.terminal.say(message),
    onLost: (error) => {
      lost = error;
      stop.abort();
    },
  });
  try {
    const code = await act(signal);
    if (lost !== null) throw lost;
    return code;
  } finally {
    await lock.release();
  }
}

/** Reads what there is to do, and writes down what was asked of this shard. */
async function planned<J extends Job>({ task, folder, found, flags, context }: Batch, planning: Planning<J>): Promise<Plan<J>> {
  const progress = createProgress(context.terminal, verbosityOf(flags).loudness);
  const label = task === "explain" ? "reading specs" : "reading results";
  try {
    const plan = await planning((done) => progress.onEvent({ kind: "progress", label, done, total: null }));
    await writePlan(fileOf(folder, "plan", shardName(found.shard)), plan, { task, shard: found.shard });
    return plan;
  } finally {
    progress.end();
  }
}
