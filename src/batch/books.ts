import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import type { Books } from "./drive.js";
import { fileOf } from "./folder.js";
import { openJournal } from "./journal.js";
import type { Attempt, Failure, Forgiven } from "./ledger.js";

/** The files of one writer, opened. */
export interface OpenBooks extends Books {
  close(): void;
}

/**
 * @param writer a shard's name, or a worker's. @param before attempts of earlier runs.
 * @throws the system's error where they cannot be written.
 */
export async function openBooks(folder: string, writer: string, before: ReadonlyMap<string, number>): Promise<OpenBooks> {
  await mkdir(folder, { recursive: true });
  const results = openJournal(fileOf(folder, "results", writer));
  const attempts = openJournal(fileOf(folder, "attempts", writer));
  const failures = openJournal(fileOf(folder, "failures", writer));
  const counts = new Map(before);
  return {
    begin({ key }) {
      const attempt = (counts.get(key) ?? 0) + 1;
      counts.set(key, attempt);
      const started = new Date().toISOString();
      attempts.append(JSON.stringify({ key, attempt, started, host: hostname(), pid: process.pid } satisfies Attempt));
      return attempt;
    },
    finish: (_, line) => results.append(line),
    fail: ({ id, key }, attempt, failure) => failures.append(JSON.stringify({ id, key, attempt, ...failure } satisfies Failure)),
    forgive(key, why) {
      counts.set(key, Math.max(0, (counts.get(key) ?? 0) - 1));
      attempts.append(JSON.stringify({ key, forgiven: why } satisfies Forgiven));
    },
    close() {
      results.close();
      attempts.close();
      failures.close();
    },
  };
}
