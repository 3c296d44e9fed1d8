import { openBooks } from "../../batch/books.js";
import { progressFile } from "../../batch/folder.js";
import { readLedger } from "../../batch/ledger.js";
import type { Plan, Planned } from "../../batch/plan.js";
import { shardName } from "../../batch/shard.js";
import { SpecError } from "../../errors.js";
import type { Override } from "../../spec/overrides.js";
import { type BatchFlags, folderOf, TRY_AGAIN } from "../batch/batch_flags.js";
import { type Batch, withBatch } from "../batch/open_batch.js";
import { createBatchProgress } from "../batch/progress.js";
import { createWatch } from "../batch/tally.js";
import type { Settings } from "../batch/task.js";
import { knownOf, sort } from "../batch/work_off.js";
import { type Context, verbosityOf } from "../context.js";
import { discretion, OPEN } from "../discretion.js";
import {
  connectionOf,
  type JobQueue,
  loadBullmq,
  placeOf,
  type QueuedJob,
  type QueuePlace,
  QueueUnreachableError,
  requireServer,
  shownPlace,
  unfinishedOf,
} from "./library.js";

/** Added at once. */
const BULK = 500;
/** Between two looks at the queue. */
const LOOK_MS = 1_000;
/** Before a conversation that failed is tried again; doubled each time. */
const BACKOFF_MS = 2_000;

/**
 * Puts a manifest's conversations into a queue, and waits until workers have done them all; those with a result in the folder are left.
 * @returns the exit code: 0 all have results, 1 some failed for good, 75 where the server cannot be reached.
 */
export async function queueBatch(
  manifests: readonly string[],
  overrides: readonly Override[],
  flags: BatchFlags,
  context: Context,
): Promise<number> {
  if (flags.archive === true) throw new SpecError("--archive goes without --queue, whose workers keep results alone");
  const place = placeOf(flags.queue, flags.queueName, folderOf(flags, context));
  try {
    const { Queue } = await loadBullmq();
    await requireServer(place);
    return await withBatch(manifests, overrides, flags, context, async (plan, batch, settings, signal) => {
      const queue: JobQueue = new Queue<QueuedJob>(place.name, { connection: connectionOf(place) });
      // The library connects again by itself; each try would be told otherwise.
      queue.on("error", () => undefined);
      try {
        return await produce(plan, batch, settings, { queue, place, signal });
      } finally {
        await queue.close();
      }
    });
  } catch (error) {
    if (!(error instanceof QueueUnreachableError)) throw error;
    context.terminal.say(`mllm-shap: ${error.message}`);
    return TRY_AGAIN;
  }
}

interface Filling {
  readonly queue: JobQueue;
  readonly place: QueuePlace;
  readonly signal: AbortSignal;
}

async function produce(plan: Plan, batch: Batch, settings: Settings, { queue, place, signal }: Filling): Promise<number> {
  const { folder, found, maxAttempts, context, flags } = batch;
  const { terminal } = context;
  const { jobs, given } = sort(plan, await knownOf(batch), maxAttempts);
  await refuse(plan, batch);
  for (const { job, message } of given) terminal.say(`mllm-shap: ${job.where}: given up earlier: ${message} (--retry-failed tries again)`);
  await queue.clean(0, 0, "failed");
  await add(queue, jobs, batch, settings);
  if (verbosityOf(flags).loudness !== "quiet") {
    const workers = await queue.getWorkersCount();
    const hint =
      workers === 0 ? `; no worker is there yet: mllm-shap worker --queue ${shownPlace(place)} -o FOLDER` : `, ${workers} workers`;
    terminal.say(`${jobs.length} conversations in queue ${place.name}${hint}`);
  }
  const total = plan.planned.length + plan.invalid.length;
  const before = { done: plan.planned.length - jobs.length - given.length, failed: given.length + plan.invalid.length };
  const watched = createWatch(total, before);
  const progress = createBatchProgress({
    terminal,
    loudness: verbosityOf(flags).loudness,
    style: flags.progress,
    file: progressFile(folder, shardName(found.shard)),
    tally: watched,
  });
  try {
    while (!signal.aborted) {
      const counts = await queue.getJobCounts();
      const failed = counts.failed ?? 0;
      // What is in the queue no more and has not failed, is done.
      watched.see({ done: before.done + jobs.length - unfinishedOf(counts) - failed, failed: before.failed + failed });
      progress.update();
      if (watched.standing().left === 0) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    await progress.end();
  }
  return await verdict(plan, batch, jobs, before.failed);
}

/** Lines that are no specs never reach a worker. */
async function refuse({ invalid }: Plan, { folder, found, flags, context }: Batch): Promise<void> {
  const shown = flags.redact === true ? discretion() : OPEN;
  const books = await openBooks(folder, shardName(found.shard), new Map());
  for (const { id, key, where, error } of invalid) {
    const message = shown.apply(error.message);
    books.fail({ id, key }, 0, { kind: error.name, message, permanent: true });
    context.terminal.say(`mllm-shap: ${where}: ${message}`);
  }
  books.close();
}

/** One key is one job, however often it is added. */
async function add(
  queue: JobQueue,
  jobs: readonly Planned[],
  { maxAttempts }: Batch,
  { overrides, run, redact, fullPaths, audioContent, cwd }: Settings,
): Promise<void> {
  const settings = {
    overrides,
    audioContent,
    cwd,
    ...(run === undefined ? {} : { run }),
    ...(redact === undefined ? {} : { redact }),
    ...(fullPaths === undefined ? {} : { fullPaths }),
  };
  for (let from = 0; from < jobs.length; from += BULK) {
    await queue.addBulk(
      jobs.slice(from, from + BULK).map(({ id, key, where, source, position }) => ({
        name: "explain",
        data: { job: { id, key, where, source }, position, settings },
        opts: {
          jobId: key,
          attempts: maxAttempts,
          backoff: { type: "exponential", delay: BACKOFF_MS },
          removeOnComplete: true,
          removeOnFail: false,
        },
      })),
    );
  }
}

/** The folder has the last word: a result that is not there is not done. */
async function verdict(plan: Plan, { folder, context, flags }: Batch, jobs: readonly Planned[], failedBefore: number): Promise<number> {
  const { terminal, interrupt } = context;
  const { done, failures } = await readLedger(folder);
  const results = plan.planned.filter(({ key }) => done.has(key)).length;
  const open = jobs.filter(({ key }) => !done.has(key));
  const failed = open.filter(({ key }) => failures.has(key));
  const total = plan.planned.length + plan.invalid.length;
  for (const { key, where } of failed) terminal.say(`mllm-shap: ${where}: ${failures.get(key)?.message}`);
  if (verbosityOf(flags).loudness !== "quiet" || open.length > 0)
    terminal.say(
      `mllm-shap: ${results} of ${total} conversations have results, ${failed.length + failedBefore} failed, ${open.length - failed.length} left`,
    );
  if (interrupt.signal.aborted) {
    terminal.say("mllm-shap: what is queued stays so; the same command waits for it again");
    return interrupt.exitCode() ?? 1;
  }
  if (open.length > failed.length) {
    terminal.say(`mllm-shap: the queue is empty, and ${folder} lacks results: do all workers write to it?`);
    return TRY_AGAIN;
  }
  return failed.length + failedBefore > 0 ? 1 : 0;
}
