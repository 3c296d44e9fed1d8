import type { Breaker } from "./breaker.js";
import type { Job, Planned } from "./plan.js";

/** What became of one attempt. */
export type Outcome =
  /** @param line as results hold it. */
  | { readonly kind: "done"; readonly line: string }
  | { readonly kind: "failed"; readonly failure: AttemptFailure }
  /** By whoever stopped the run: nobody's fault. */
  | { readonly kind: "interrupted" };

export interface AttemptFailure {
  /** The error's class, or `killed`. */
  readonly kind: string;
  readonly message: string;
  /** The conversation's own fault, so that trying again is of no use; it says nothing of the surrounding either. */
  readonly permanent: boolean;
  /** This machine's, whose files or settings are not those that were meant: held against no conversation. @default false */
  readonly misplaced?: boolean;
}

/** What a run writes down. Each call is on disk when it returns. */
export interface Books {
  /** @returns which attempt it is, from 1. */
  begin(job: Job): number;
  finish(job: Job, line: string): void;
  fail(job: Pick<Job, "id" | "key">, attempt: number, failure: AttemptFailure): void;
  /** Takes an attempt back. */
  forgive(key: string, why: string): void;
}

export interface DriveOptions<J extends Job = Planned> {
  /** Conversations at once. */
  readonly workers: number;
  /** Attempts that each conversation may have, earlier runs' included. */
  readonly maxAttempts: number;
  readonly breaker: Breaker;
  readonly signal: AbortSignal;
  /** Does one job; never rejects. */
  readonly attempt: (job: J, signal: AbortSignal) => Promise<Outcome>;
  readonly books: Books;
  /** Told when a conversation is done, or has failed for good. */
  readonly onSettled: (job: J, failure: AttemptFailure | null) => void;
  /** Told of a failure after which it is tried again. */
  readonly onRetry: (job: J, failure: AttemptFailure) => void;
}

export interface Driven {
  /** Why the run stopped before the end of its list; null where it did not. */
  readonly stopped: "interrupted" | "breaker" | null;
}

/**
 * Works a list of jobs off, the next as soon as a worker is free; what failed goes to the end of the list.
 * Each start is written down before it, so that what kills the process is known by its starts.
 */
export async function drive<J extends Job>(jobs: readonly J[], options: DriveOptions<J>): Promise<Driven> {
  const list = [...jobs];
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const job = signal.aborted ? undefined : list[next];
      if (job === undefined) return;
      next++;
      if (await settle(job, signal, options, () => stop.abort())) list.push(job);
    }
  };
  // A worker that finds the list empty may leave before another puts a job back, which that one then does itself.
  await Promise.all(Array.from({ length: Math.max(1, Math.min(options.workers, jobs.length)) }, worker));
  return { stopped: options.signal.aborted ? "interrupted" : stop.signal.aborted ? "breaker" : null };
}

/** @returns whether it is to be tried again. */
async function settle<J extends Job>(job: J, signal: AbortSignal, options: DriveOptions<J>, trip: () => void): Promise<boolean> {
  const { books, breaker, maxAttempts, onSettled, onRetry } = options;
  const attempt = books.begin(job);
  const outcome = await options.attempt(job, signal);
  if (outcome.kind === "done") {
    books.finish(job, outcome.line);
    breaker.success();
    onSettled(job, null);
    return false;
  }
  if (outcome.kind === "interrupted") {
    books.forgive(job.key, "interrupted");
    return false;
  }
  const { failure } = outcome;
  books.fail(job, attempt, failure);
  const row = failure.permanent ? null : breaker.failure(job.key, failure.kind);
  if (row !== null) {
    for (const key of row) books.forgive(key, "all failed alike");
    trip();
    return false;
  }
  const again = !failure.permanent && attempt < maxAttempts;
  if (again) onRetry(job, failure);
  else onSettled(job, failure);
  return again;
}
