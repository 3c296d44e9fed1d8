import { openBooks } from "../../batch/books.js";
import { createBreaker, MOST_IN_A_ROW } from "../../batch/breaker.js";
import { type AttemptFailure, type Driven, drive } from "../../batch/drive.js";
import { progressFile } from "../../batch/folder.js";
import { givenUp, type Ledger, readLedger } from "../../batch/ledger.js";
import type { Job, Plan } from "../../batch/plan.js";
import type { BatchTask } from "../../batch/plan_file.js";
import { shardName } from "../../batch/shard.js";
import { verbosityOf } from "../context.js";
import { discretion, OPEN } from "../discretion.js";
import { createProgress } from "../progress.js";
import { TRY_AGAIN } from "./batch_flags.js";
import type { Batch } from "./open_batch.js";
import { createPool } from "./pool.js";
import { type BatchProgress, createBatchProgress } from "./progress.js";
import { createTally, type Tally } from "./tally.js";

/** How jobs are done. */
export interface Doing<J extends Job, T> {
  /** What worker processes run. */
  readonly file: URL;
  /** What one of them is asked. */
  readonly taskOf: (job: J) => Promise<T>;
  readonly signal: AbortSignal;
}

/**
 * Does the jobs of a shard, each in a worker process; those that are done already are left.
 * @returns the exit code: 0 all are done, 1 some failed for good, 75 worth running again.
 */
export async function workOff<J extends Job, T>(plan: Plan<J>, batch: Batch, { file, taskOf, signal }: Doing<J, T>): Promise<number> {
  const { folder, found, workers, maxAttempts, flags, context } = batch;
  const { terminal, env } = context;
  const { loudness, debug } = verbosityOf(flags);
  const known = await knownOf(batch);
  const writer = shardName(found.shard);
  const books = await openBooks(folder, writer, known.attempts);
  const { jobs, given } = sort(plan, known, maxAttempts);
  const done = plan.planned.length - jobs.length - given.length;
  const tally = createTally(plan.planned.length + plan.invalid.length, { done, failed: given.length + plan.invalid.length });
  const progress = createBatchProgress({ terminal, loudness, style: flags.progress, file: progressFile(folder, writer), tally });
  const shown = flags.redact === true ? discretion() : OPEN;
  const failed = (where: string, message: string) => terminal.say(`mllm-shap: ${where}: ${message}`);
  const words = createProgress(terminal, loudness);
  const pool = createPool<T>({
    file,
    workers,
    env,
    onEvent: words.onEvent,
    onStack: (stack) => {
      if (debug) for (const line of stack.split("\n")) terminal.say(line);
    },
  });
  try {
    for (const { id, key, where, error } of plan.invalid) {
      const message = shown.apply(error.message);
      books.fail({ id, key }, 0, { kind: error.name, message, permanent: true });
      failed(where, withoutPlace(message, where));
    }
    for (const { job, message } of given) failed(job.where, `given up earlier: ${message} (--retry-failed tries again)`);
    const driven = await drive(jobs, {
      workers,
      maxAttempts,
      breaker: createBreaker(),
      signal,
      attempt: async (job, now) => pool.attempt(await taskOf(job), now),
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

/** What earlier runs left, or without their failures where these are to be tried again. */
export async function knownOf({ folder, flags }: Batch): Promise<Ledger> {
  const ledger = await readLedger(folder);
  return flags.retryFailed === true ? { ...ledger, attempts: new Map(), failures: new Map() } : ledger;
}

/** What is left to do, and what earlier runs gave up. */
export function sort<J extends Job>({ planned }: Plan<J>, ledger: Ledger, maxAttempts: number) {
  const jobs: J[] = [];
  const given: { readonly job: J; readonly message: string }[] = [];
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

function settled(job: Job, failure: AttemptFailure | null, { tally, progress, failed }: Telling): void {
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

const GIVES: Readonly<Record<BatchTask, string>> = { explain: "conversations have results", evaluate: "results have evaluations" };

function verdict({ stopped }: Driven, tally: Tally, { task, flags, context: { terminal, interrupt } }: Batch): number {
  const { total, done, failed, left } = tally.standing();
  const say = (words: string) => terminal.say(`mllm-shap: ${words}`);
  if (verbosityOf(flags).loudness !== "quiet" || failed > 0 || left > 0)
    say(`${number(done)} of ${number(total)} ${GIVES[task]}, ${number(failed)} failed, ${number(left)} left`);
  if (interrupt.signal.aborted) {
    say("the same command goes on from there");
    return interrupt.exitCode() ?? 1;
  }
  if (stopped === "breaker") {
    say(
      `stopped: ${MOST_IN_A_ROW} ${task === "explain" ? "conversations" : "results"} in a row failed alike; once that is mended, the same command goes on`,
    );
    return TRY_AGAIN;
  }
  if (left > 0) return TRY_AGAIN;
  return failed > 0 ? 1 : 0;
}

function number(count: number): string {
  return count.toLocaleString("en-US");
}
