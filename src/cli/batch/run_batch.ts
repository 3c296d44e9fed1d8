import { mkdir } from "node:fs/promises";
import { openBooks } from "../../batch/books.js";
import { createBreaker, MOST_IN_A_ROW } from "../../batch/breaker.js";
import { type AttemptFailure, type Driven, drive } from "../../batch/drive.js";
import { type FoundShard, findShard } from "../../batch/find_shard.js";
import { fileOf, lockFile, progressFile } from "../../batch/folder.js";
import { givenUp, type Ledger, readLedger } from "../../batch/ledger.js";
import { LockedError, takeLock } from "../../batch/lock.js";
import { type Plan, type Planned, planBatch } from "../../batch/plan.js";
import { writePlan } from "../../batch/plan_file.js";
import { shardName } from "../../batch/shard.js";
import { SpecError } from "../../errors.js";
import type { Override } from "../../spec/overrides.js";
import { type Context, verbosityOf } from "../context.js";
import { whyUnwritable } from "../files.js";
import { createProgress } from "../progress.js";
import { type BatchFlags, folderOf, linesOf, MAX_ATTEMPTS, settingsOf } from "./batch_flags.js";
import { createPool } from "./pool.js";
import { type BatchProgress, createBatchProgress } from "./progress.js";
import { createTally, type Tally } from "./tally.js";
import type { Settings } from "./task.js";
import { wholeNumber } from "./whole_number.js";

/** Worth running again: EX_TEMPFAIL of sysexits.h. */
export const TRY_AGAIN = 75;
const MOST_WORKERS = 1_024;

/** A batch as it was asked for. */
interface Batch {
  readonly folder: string;
  readonly found: FoundShard;
  readonly workers: number;
  readonly maxAttempts: number;
  readonly settings: Settings;
  readonly flags: BatchFlags;
  readonly context: Context;
}

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
  const batch = batchOf(overrides, flags, context);
  const lines = await linesOf(manifests, flags, context);
  const loud = verbosityOf(flags).loudness !== "quiet";
  if (loud && batch.found.from !== null)
    context.terminal.say(`shard ${batch.found.shard.index} of ${batch.found.shard.count}: ${batch.found.from}`);
  await makeFolder(batch.folder);
  const stop = new AbortController();
  const signal = AbortSignal.any([context.interrupt.signal, stop.signal]);
  let lost: LockedError | null = null;
  try {
    const lock = await takeLock(lockFile(batch.folder, shardName(batch.found.shard)), {
      takeOver: flags.takeOver === true,
      signal,
      onWait: (message) => context.terminal.say(message),
      onLost: (error) => {
        lost = error;
        stop.abort();
      },
    });
    try {
      const plan = await planned(batch, lines);
      const code = await work(plan, batch, signal);
      if (lost !== null) throw lost;
      return code;
    } finally {
      await lock.release();
    }
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
    workers: wholeNumber("--workers", flags.workers, 1, MOST_WORKERS) ?? 1,
    maxAttempts: wholeNumber("--max-attempts", flags.maxAttempts, 1, 1_000) ?? MAX_ATTEMPTS,
    settings: settingsOf(flags, overrides, context),
    flags,
    context,
  };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new SpecError(`-o ${folder}: ${whyUnwritable(cause)}`, { cause });
  }
}

/** Reads the manifest, and writes down what it asks of this shard. */
async function planned(
  { folder, found: { shard }, settings, flags, context: { terminal } }: Batch,
  lines: Parameters<typeof planBatch>[0],
): Promise<Plan> {
  const progress = createProgress(terminal, verbosityOf(flags).loudness);
  const read = (done: number) => progress.onEvent({ kind: "progress", label: "reading specs", done, total: null });
  try {
    const plan = await planBatch(lines, shard, settings, read);
    await writePlan(fileOf(folder, "plan", shardName(shard)), plan, shard);
    return plan;
  } finally {
    progress.end();
  }
}

async function work(plan: Plan, batch: Batch, signal: AbortSignal): Promise<number> {
  const { folder, found, workers, maxAttempts, settings, flags, context } = batch;
  const { terminal, env } = context;
  const { loudness, debug } = verbosityOf(flags);
  const ledger = await readLedger(folder);
  const known = flags.retryFailed === true ? { ...ledger, attempts: new Map(), failures: new Map() } : ledger;
  const writer = shardName(found.shard);
  const books = await openBooks(folder, writer, known.attempts);
  const { jobs, given } = sort(plan, known, maxAttempts);
  const done = plan.planned.length - jobs.length - given.length;
  const tally = createTally(plan.planned.length + plan.invalid.length, { done, failed: given.length + plan.invalid.length });
  const progress = createBatchProgress({ terminal, loudness, style: flags.progress, file: progressFile(folder, writer), tally });
  const failed = (where: string, message: string) => terminal.say(`mllm-shap: ${where}: ${message}`);
  const words = createProgress(terminal, loudness);
  const pool = createPool({
    workers,
    settings,
    env,
    onEvent: words.onEvent,
    onStack: (stack) => {
      if (debug) for (const line of stack.split("\n")) terminal.say(line);
    },
  });
  try {
    for (const { id, key, where, error } of plan.invalid) {
      books.fail({ id, key }, 0, { kind: error.name, message: error.message, permanent: true });
      failed(where, withoutPlace(error.message, where));
    }
    for (const { job, message } of given) failed(job.where, `given up earlier: ${message} (--retry-failed tries again)`);
    const driven = await drive(jobs, {
      workers,
      maxAttempts,
      breaker: createBreaker(),
      signal,
      attempt: pool.attempt,
      books,
      onSettled: (job, failure) => settled(job, failure, { tally, progress, failed }),
      onRetry: (job, failure) => {
        if (loudness === "verbose") terminal.say(`${job.where}: ${failure.message}; tried again later`);
      },
    });
    await progress.end();
    return verdict(driven, tally, batch);
  } finally {
    await progress.end();
    await pool.close();
    books.close();
  }
}

/** What is left to do, and what earlier runs gave up. */
function sort({ planned }: Plan, ledger: Ledger, maxAttempts: number) {
  const jobs: Planned[] = [];
  const given: { readonly job: Planned; readonly message: string }[] = [];
  for (const job of planned) {
    if (ledger.done.has(job.key)) continue;
    const failure = givenUp(ledger, job.key, maxAttempts);
    if (failure === null) jobs.push(job);
    else given.push({ job, message: failure.message });
  }
  return { jobs, given };
}

interface Telling {
  readonly tally: Tally;
  readonly progress: BatchProgress;
  readonly failed: (where: string, message: string) => void;
}

function settled(job: Planned, failure: AttemptFailure | null, { tally, progress, failed }: Telling): void {
  if (failure === null) tally.done();
  else {
    tally.failed();
    failed(job.where, withoutPlace(failure.message, job.where));
  }
  progress.update();
}

/** Messages of specs begin with where they stand. */
function withoutPlace(message: string, where: string): string {
  return message.startsWith(`${where}: `) ? message.slice(where.length + 2) : message;
}

function verdict({ stopped }: Driven, tally: Tally, { flags, context: { terminal, interrupt } }: Batch): number {
  const { total, done, failed, left } = tally.standing();
  const say = (words: string) => terminal.say(`mllm-shap: ${words}`);
  if (verbosityOf(flags).loudness !== "quiet" || failed > 0 || left > 0)
    say(`${number(done)} of ${number(total)} conversations have results, ${number(failed)} failed, ${number(left)} left`);
  if (interrupt.signal.aborted) {
    say("the same command goes on from there");
    return interrupt.exitCode() ?? 1;
  }
  if (stopped === "breaker") {
    say(`stopped: ${MOST_IN_A_ROW} conversations in a row failed alike; once that is mended, the same command goes on`);
    return TRY_AGAIN;
  }
  if (left > 0) return TRY_AGAIN;
  return failed > 0 ? 1 : 0;
}

function number(count: number): string {
  return count.toLocaleString("en-US");
}
