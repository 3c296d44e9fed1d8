import { describe, expect, test } from "vitest";
import { openBooks } from "../../src/batch/books.js";
import { createBreaker } from "../../src/batch/breaker.js";
import { type DriveOptions, drive, type Outcome } from "../../src/batch/drive.js";
import { givenUp, readLedger } from "../../src/batch/ledger.js";
import type { Planned } from "../../src/batch/plan.js";
import { folderWith } from "../cli/run.js";

const keyOf = (i: number): string => i.toString(16).padStart(64, "0");
const jobs = (count: number): readonly Planned[] =>
  Array.from({ length: count }, (_, position) => ({
    position,
    id: `c${position}`,
    key: keyOf(position),
    where: `m:${position}`,
    source: { kind: "file", path: "x" },
  }));

const line = ({ id, key }: Planned): string => JSON.stringify({ id, key, schema: "x" });
const failed = (kind: string, permanent = false): Outcome => ({ kind: "failed", failure: { kind, message: kind, permanent } });

/** Drives jobs into a folder's books. @param outcome of the nth attempt of a job, from 1. */
async function driven(
  list: readonly Planned[],
  outcome: (job: Planned, attempt: number) => Outcome | Promise<Outcome>,
  options: Partial<DriveOptions> = {},
  folder = folderWith({}),
) {
  const before = await readLedger(folder);
  const books = await openBooks(folder, "0-of-1", before.attempts);
  const attempts = new Map<string, number>();
  const settled: [string, string | null][] = [];
  const end = await drive(list, {
    workers: 2,
    maxAttempts: 3,
    breaker: createBreaker(),
    signal: new AbortController().signal,
    attempt: async (job) => {
      const attempt = (attempts.get(job.id) ?? 0) + 1;
      attempts.set(job.id, attempt);
      return await outcome(job, attempt);
    },
    books,
    onSettled: ({ id }, failure) => settled.push([id, failure?.kind ?? null]),
    onRetry: () => undefined,
    ...options,
  });
  books.close();
  return { ...end, settled, attempts, folder, ledger: await readLedger(folder) };
}

describe("drive", () => {
  test("does every job, each start on record before it", async () => {
    const { stopped, settled, ledger } = await driven(jobs(5), async (job) => ({ kind: "done", line: line(job) }));
    expect(stopped).toBeNull();
    expect(settled.map(([id]) => id).sort()).toEqual(["c0", "c1", "c2", "c3", "c4"]);
    expect(ledger.done.size).toBe(5);
    expect([...ledger.attempts.values()]).toEqual([1, 1, 1, 1, 1]);
  });

  test.each([1, 2, 7])("tries again what failed, at the end, with %i workers", async (workers) => {
    const { settled, attempts } = await driven(
      jobs(4),
      async (job, attempt) => (job.position === 1 && attempt < 3 ? failed("Error") : { kind: "done", line: line(job) }),
      { workers },
    );
    expect(settled).toHaveLength(4);
    expect(settled.every(([, kind]) => kind === null)).toBe(true);
    expect(attempts.get("c1")).toBe(3);
  });

  test("gives up at the last attempt, and at once what is the conversation's own fault", async () => {
    const { settled, attempts, ledger } = await driven(jobs(3), (job) =>
      job.position === 0 ? failed("killed") : job.position === 1 ? failed("SpecError", true) : { kind: "done", line: line(job) },
    );
    expect(new Map(settled)).toEqual(
      new Map([
        ["c0", "killed"],
        ["c1", "SpecError"],
        ["c2", null],
      ]),
    );
    expect(Object.fromEntries(attempts)).toEqual({ c0: 3, c1: 1, c2: 1 });
    expect([0, 1, 2].map((i) => givenUp(ledger, keyOf(i), 3)?.kind ?? null)).toEqual(["killed", "SpecError", null]);
    expect(givenUp(ledger, keyOf(0), 4)).toBeNull();
  });

  test("an interruption takes attempts back", async () => {
    const stop = new AbortController();
    const { stopped, ledger } = await driven(
      jobs(6),
      (job) => {
        if (job.position < 2) return { kind: "done", line: line(job) };
        stop.abort();
        return { kind: "interrupted" };
      },
      { signal: stop.signal, workers: 1 },
    );
    expect(stopped).toBe("interrupted");
    expect(ledger.done.size).toBe(2);
    expect(ledger.attempts.get(keyOf(2))).toBe(0);
  });

  test("stops where ten different ones in a row fail alike, and takes their attempts back", async () => {
    const { stopped, attempts, ledger } = await driven(jobs(30), () => failed("NotCachedError"), { workers: 1 });
    expect(stopped).toBe("breaker");
    expect(attempts.size).toBe(10);
    expect(Math.max(...ledger.attempts.values())).toBe(0);
  });

  test("does not stop for failures of the conversations' own, of different kinds, or between successes", async () => {
    const own = await driven(jobs(30), () => failed("ContextError", true));
    expect(own.stopped).toBeNull();
    const mixed = await driven(jobs(30), (job) => failed(job.position % 2 === 0 ? "killed" : "Error"), { workers: 1, maxAttempts: 1 });
    expect(mixed.stopped).toBeNull();
    const few = await driven(jobs(4), () => failed("killed"));
    expect(few.stopped).toBeNull();
    const some = await driven(jobs(40), (job) => (job.position % 9 === 8 ? { kind: "done", line: line(job) } : failed("killed")), {
      workers: 1,
      maxAttempts: 1,
    });
    expect(some.stopped).toBeNull();
  });

  test("what was started and never ended counts: a process that is killed writes no failure", async () => {
    const folder = folderWith({});
    const books = await openBooks(folder, "0-of-1", new Map());
    const [job] = jobs(1) as [Planned];
    for (let i = 0; i < 3; i++) books.begin(job);
    books.close();
    const ledger = await readLedger(folder);
    expect(givenUp(ledger, job.key, 3)).toMatchObject({ kind: "killed", message: "killed or failed 3 times" });
    expect(givenUp(ledger, job.key, 4)).toBeNull();
  });
});
