import { mkdir } from "node:fs/promises";
import { type FoundShard, findShard } from "../../batch/find_shard.js";
import { fileOf, lockFile } from "../../batch/folder.js";
import { LockedError, takeLock } from "../../batch/lock.js";
import { type Plan, planBatch } from "../../batch/plan.js";
import { writePlan } from "../../batch/plan_file.js";
import { shardName } from "../../batch/shard.js";
import { SpecError } from "../../errors.js";
import type { Override } from "../../spec/overrides.js";
import { type Context, verbosityOf } from "../context.js";
import { whyUnwritable } from "../files.js";
import { createProgress } from "../progress.js";
import { attemptsOf, type BatchFlags, folderOf, linesOf, settingsOf, TRY_AGAIN, workersOf } from "./batch_flags.js";
import type { Settings } from "./task.js";
import { wholeNumber } from "./whole_number.js";

/** A shard of a batch as it was asked for. */
export interface Batch {
  /** Absolute. */
  readonly folder: string;
  readonly found: FoundShard;
  readonly workers: number;
  readonly maxAttempts: number;
  readonly settings: Settings;
  readonly flags: BatchFlags;
  readonly context: Context;
}

/** What is done with a shard's conversations. @returns the exit code. */
export type Work = (plan: Plan, batch: Batch, signal: AbortSignal) => Promise<number>;

/**
 * Takes a shard's lock, reads its conversations, and has them worked on.
 * @returns the exit code: that of the work, or 75 where another process has the shard.
 */
export async function withBatch(
  manifests: readonly string[],
  overrides: readonly Override[],
  flags: BatchFlags,
  context: Context,
  work: Work,
): Promise<number> {
  const batch = batchOf(overrides, flags, context);
  const { shard, from } = batch.found;
  const lines = await linesOf(manifests, flags, context);
  if (from !== null && verbosityOf(flags).loudness !== "quiet") context.terminal.say(`shard ${shard.index} of ${shard.count}: ${from}`);
  await makeFolder(batch.folder);
  try {
    return await locked(batch, async (signal) => work(await planned(batch, lines), batch, signal));
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    context.terminal.say(`mllm-shap: ${error.message}`);
    return TRY_AGAIN;
  }
}

function batchOf(overrides: readonly Override[], flags: BatchFlags, context: Context): Batch {
  const shards = wholeNumber("--shards", flags.shards, 1, 1_000_000);
  return {
    folder: folderOf(flags, context),
    found: findShard(flags.shard, shards, context.env),
    workers: workersOf(flags),
    maxAttempts: attemptsOf(flags),
    settings: settingsOf(flags, overrides, context),
    flags,
    context,
  };
}

/** @throws SpecError where it cannot be made. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new SpecError(`-o ${folder}: ${whyUnwritable(cause)}`, { cause });
  }
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

/** Reads the manifest, and writes down what it asks of this shard. */
async function planned(batch: Batch, lines: Parameters<typeof planBatch>[0]): Promise<Plan> {
  const { folder, found, settings, flags, context } = batch;
  const progress = createProgress(context.terminal, verbosityOf(flags).loudness);
  const read = (done: number) => progress.onEvent({ kind: "progress", label: "reading specs", done, total: null });
  try {
    const plan = await planBatch(lines, found.shard, settings, read);
    await writePlan(fileOf(folder, "plan", shardName(found.shard)), plan, found.shard);
    return plan;
  } finally {
    progress.end();
  }
}
