import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Job } from "bullmq";
import { type OpenBooks, openBooks } from "../../batch/books.js";
import type { AttemptFailure } from "../../batch/drive.js";
import { readLedger } from "../../batch/ledger.js";
import type { Planned } from "../../batch/plan.js";
import { attemptsOf, devicesOf, folderOf, TRY_AGAIN, type WorkerFlags, workersOf } from "../batch/batch_flags.js";
import { makeFolder } from "../batch/open_batch.js";
import { createPool, type WorkerPool } from "../batch/pool.js";
import { EXPLAINING } from "../batch/run_batch.js";
import type { Settings, Task } from "../batch/task.js";
import { wholeNumber } from "../batch/whole_number.js";
import { type Context, verbosityOf } from "../context.js";
import { policyOf } from "../policy.js";
import { createProgress } from "../progress.js";
import {
  connectionOf,
  type JobQueue,
  type JobWorker,
  loadBullmq,
  placeOf,
  type QueuedJob,
  QueueUnreachableError,
  requireServer,
  unfinishedOf,
} from "./library.js";

export interface QueueWorkerFlags extends WorkerFlags {
  readonly root?: string;
  readonly untilEmpty?: boolean;
  readonly lockSeconds?: string;
}

/** Seconds after which a conversation whose worker shows no life is another's. */
export const LOCK_S = 60;
/** Looks for conversations of workers that are gone, in times of a lock. */
export const LOOKS = 0.5;
/** How long a queue has to be empty before `--until-empty` leaves, and before anything was in it: the producer may still be reading its manifest. */
const EMPTY_MS = 1_000;
const NOTHING_YET_MS = 30_000;

/**
 * Explains what a queue holds, each conversation in a worker process, until it is interrupted, or the queue is empty where that was asked for.
 * @returns the exit code: 0, 75 where the server cannot be reached.
 */
export async function workQueue(flags: QueueWorkerFlags, context: Context): Promise<number> {
  const { terminal, cwd, env, interrupt } = context;
  const folder = folderOf(flags, context);
  const place = placeOf(flags.queue, flags.queueName, folder);
  const lockMs = (wholeNumber("--lock-seconds", flags.lockSeconds, 1, 86_400) ?? LOCK_S) * 1_000;
  const workers = workersOf(flags);
  try {
    const library = await loadBullmq();
    await requireServer(place);
    await makeFolder(folder);
    const { debug, loudness } = verbosityOf(flags);
    const serving = {
      folder,
      root: resolve(cwd, flags.root ?? "."),
      books: await openBooks(folder, `worker-${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`, new Map()),
      own: { policy: policyOf(flags, env), devices: devicesOf(flags.devices), checksKey: true },
      library,
      context,
      pool: createPool<Task>({
        file: EXPLAINING,
        workers,
        env,
        onEvent: createProgress(terminal, loudness).onEvent,
        onStack: (stack) => {
          if (debug) for (const line of stack.split("\n")) terminal.say(line);
        },
      }),
    };
    const worker: JobWorker = new library.Worker<QueuedJob>(place.name, (job, token) => handle(job, token, serving), {
      connection: connectionOf(place),
      concurrency: workers,
      lockDuration: lockMs,
      stalledInterval: lockMs * LOOKS,
      maxStalledCount: attemptsOf(flags),
    });
    const queue: JobQueue = new library.Queue<QueuedJob>(place.name, { connection: connectionOf(place) });
    // The library connects again by itself; each try would be told otherwise.
    worker.on("error", () => undefined);
    queue.on("error", () => undefined);
    worker.on("failed", (job, error) => noteStalled(job, error, serving));
    try {
      await ended(worker, queue, flags.untilEmpty === true, context);
    } finally {
      await serving.pool.close();
      await worker.close();
      await queue.close();
      serving.books.close();
    }
    return interrupt.exitCode() ?? 0;
  } catch (error) {
    if (!(error instanceof QueueUnreachableError)) throw error;
    terminal.say(`mllm-shap: ${error.message}`);
    return TRY_AGAIN;
  }
}

interface Serving {
  readonly folder: string;
  /** Absolute folder in which queued conversations must lie, unless `--allow-outside` permits more. */
  readonly root: string;
  readonly books: OpenBooks;
  readonly own: Pick<Settings, "policy" | "devices" | "checksKey">;
  readonly library: typeof import("bullmq");
  readonly context: Context;
  readonly pool: WorkerPool<Task>;
}

async function handle(job: Job<QueuedJob>, token: string | undefined, serving: Serving): Promise<void> {
  const { books, library, context, pool, own } = serving;
  const planned: Planned = { ...job.data.job, position: job.data.position };
  // Its first worker may have been killed between writing the result down and saying so.
  if (job.attemptsStarted > 1 && (await readLedger(serving.folder)).done.has(planned.key)) return;
  const attempt = books.begin(planned);
  const outside = own.policy.allowOutside ? null : strayOf(job.data, serving.root);
  const outcome =
    outside === null
      ? await pool.attempt({ job: planned, settings: { ...job.data.settings, ...own } }, context.interrupt.signal)
      : { kind: "failed" as const, failure: stray(outside) };
  if (outcome.kind === "done") return books.finish(planned, outcome.line);
  if (outcome.kind === "interrupted") {
    books.forgive(planned.key, "interrupted");
    await job.moveToWait(token);
    throw new library.WaitingError();
  }
  const { failure } = outcome;
  books.fail(planned, attempt, failure);
  context.terminal.say(`mllm-shap: ${planned.where}: ${failure.message}`);
  if (failure.misplaced === true) books.forgive(planned.key, failure.kind);
  throw failure.permanent || failure.misplaced === true ? new library.UnrecoverableError(failure.message) : new Error(failure.message);
}

/** A queue may be a stranger's: what it names lies below the root. @returns the folder that does not. */
function strayOf({ job: { source }, settings: { cwd } }: QueuedJob, root: string): string | null {
  const folder = source.kind === "inline" ? source.folder : resolve(cwd, source.path);
  const way = relative(root, folder);
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way) ? folder : null;
}

function stray(folder: string): AttemptFailure {
  const message = `${folder} lies outside of this worker's --root; --root names another, --allow-outside permits all`;
  return { kind: "misplaced", message, permanent: false, misplaced: true };
}

/** A job that was given up because its workers vanished one after the other: none of them could write that down. */
function noteStalled(job: Job<QueuedJob> | undefined, error: Error, { books }: Serving): void {
  if (job === undefined || !/stalled/.test(error.message)) return;
  books.fail(job.data.job, job.attemptsStarted, {
    kind: "killed",
    message: `its worker was killed ${job.stalledCounter} times`,
    permanent: false,
  });
}

async function ended(worker: JobWorker, queue: JobQueue, untilEmpty: boolean, { interrupt }: Context): Promise<void> {
  await new Promise<void>((done) => {
    let empty: NodeJS.Timeout | undefined;
    let wait = NOTHING_YET_MS;
    const busy = (): void => {
      clearTimeout(empty);
      wait = EMPTY_MS;
    };
    const drained = (): void => {
      clearTimeout(empty);
      empty = setTimeout(async () => {
        // Conversations of others may still come back.
        if (await isEmpty(queue)) done();
        else drained();
      }, wait);
    };
    interrupt.signal.addEventListener("abort", () => done(), { once: true });
    if (interrupt.signal.aborted) done();
    if (!untilEmpty) return;
    worker.on("active", busy);
    worker.on("drained", drained);
    drained();
  });
}

async function isEmpty(queue: JobQueue): Promise<boolean> {
  return unfinishedOf(await queue.getJobCounts()) === 0;
}
