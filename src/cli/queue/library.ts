import { basename } from "node:path";
import type { Queue, Worker } from "bullmq";
import { MllmShapError, SpecError } from "../../errors.js";
import { reasonOf } from "../../util/errors.js";
import type { Settings, Task } from "../batch/task.js";

/** What a queue holds of one conversation; results go to the folder, never into the queue. */
export interface QueuedJob extends Omit<Task, "settings"> {
  /** In the manifest, from 0. */
  readonly position: number;
  /** What the producer decides; what may be read, fetched or started is the worker's own to say. */
  readonly settings: Pick<Settings, "overrides" | "run" | "redact" | "fullPaths" | "audioContent" | "cwd">;
}

export type JobQueue = Queue<QueuedJob>;
export type JobWorker = Worker<QueuedJob>;

/** The server cannot be reached: worth running again. */
export class QueueUnreachableError extends MllmShapError {}

/** Where the queue is, as the user said. */
export interface QueuePlace {
  readonly url: string;
  readonly name: string;
}

/** @param folder the batch's: producer and workers whose folders have one name meet. @throws SpecError where no server is named. */
export function placeOf(url: string | undefined, name: string | undefined, folder: string): QueuePlace {
  if (url === undefined || !/^rediss?:\/\/[^\s]+$/.test(url))
    throw new SpecError("--queue needs the address of a Redis or Valkey server, such as redis://localhost:6379");
  const chosen = name ?? `mllm-shap-${basename(folder)}`;
  // The library keeps colons for itself.
  if (!/^[\w.-]{1,100}$/.test(chosen)) throw new SpecError(`--queue-name ${chosen}: must be 1 to 100 letters, digits and . _ -`);
  return { url, name: chosen };
}

/** Host and port of an address, without the password in it. */
export function shownPlace({ url }: QueuePlace): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** @throws SpecError where the optional packages are not installed. */
export async function loadBullmq(): Promise<typeof import("bullmq")> {
  try {
    await import("ioredis");
    return await import("bullmq");
  } catch (cause) {
    throw new SpecError("--queue takes two packages that do not come along: npm install bullmq@6 ioredis@5", { cause });
  }
}

/** @throws QueueUnreachableError where no server answers. */
export async function requireServer(place: QueuePlace): Promise<void> {
  const { Redis } = await import("ioredis");
  const client = new Redis(place.url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0, connectTimeout: 5_000 });
  let why: unknown = null;
  client.on("error", (error) => {
    why ??= error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (cause) {
    throw new QueueUnreachableError(`${shownPlace(place)}: no queue there: ${reasonOf(why ?? cause)}`, { cause });
  } finally {
    client.disconnect();
  }
}

/** Goes on where a server restarts in between. */
export const connectionOf = ({ url }: QueuePlace) => ({ url, maxRetriesPerRequest: null });

const UNFINISHED = ["wait", "waiting", "active", "delayed", "prioritized", "paused"];

/** Jobs that are neither done nor given up. @param counts by state. */
export function unfinishedOf(counts: Readonly<Record<string, number>>): number {
  return UNFINISHED.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}
