import { filesOf } from "./folder.js";
import { readRecords } from "./journal.js";
import { readRecorded } from "./recorded.js";

/** What a folder knows of every conversation, whichever shard or worker it was. */
export interface Ledger {
  /** Keys with a result. */
  readonly done: ReadonlySet<string>;
  /** How often a key was started and not forgiven. */
  readonly attempts: ReadonlyMap<string, number>;
  /** The last failure of each key. */
  readonly failures: ReadonlyMap<string, Failure>;
}

/** Why a conversation has no result. */
export interface Failure {
  readonly id: string;
  readonly key: string;
  readonly attempt: number;
  /** The error's class, or `killed`. */
  readonly kind: string;
  readonly message: string;
  /** Trying again would not help: it is the conversation's own. */
  readonly permanent: boolean;
}

/** The start of a conversation, written before it. */
export interface Attempt {
  readonly key: string;
  /** From 1. */
  readonly attempt: number;
  /** ISO 8601. */
  readonly started: string;
  readonly host: string;
  readonly pid: number;
}

/** Takes an attempt back: an interruption, or a server that was down, is not the conversation's fault. */
export interface Forgiven {
  readonly key: string;
  readonly forgiven: string;
}

/** @throws the system's error. */
export async function readLedger(folder: string): Promise<Ledger> {
  const done = new Set<string>();
  for (const path of (await filesOf(folder, "results")).values()) for await (const { key } of readRecorded(path)) done.add(key);
  const attempts = new Map<string, number>();
  for (const path of (await filesOf(folder, "attempts")).values()) {
    for await (const { key, forgiven } of readRecords(path)) {
      if (typeof key === "string") attempts.set(key, Math.max(0, (attempts.get(key) ?? 0) + (forgiven === undefined ? 1 : -1)));
    }
  }
  return { done, attempts, failures: await readFailures(folder) };
}

async function readFailures(folder: string): Promise<ReadonlyMap<string, Failure>> {
  const failures = new Map<string, Failure>();
  for (const path of (await filesOf(folder, "failures")).values()) {
    for await (const { id, key, attempt, kind, message, permanent } of readRecords(path)) {
      if (typeof key !== "string") continue;
      failures.set(key, {
        id: String(id),
        key,
        attempt: Number(attempt),
        kind: String(kind),
        message: String(message),
        permanent: permanent === true,
      });
    }
  }
  return failures;
}

/** Why a conversation is not tried again; null where it may be. @param most attempts that each may have. */
export function givenUp({ attempts, failures }: Ledger, key: string, most: number): Failure | null {
  const last = failures.get(key);
  if (last?.permanent === true) return last;
  const started = attempts.get(key) ?? 0;
  if (started < most) return null;
  // A process that is killed writes no failure of its own.
  const message = `killed or failed ${started} ${started === 1 ? "time" : "times"}`;
  return last ?? { id: "", key, attempt: started, kind: "killed", message, permanent: false };
}
