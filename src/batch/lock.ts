import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { MllmShapError } from "../errors.js";

/** Another process works on this shard: worth running again later. */
export class LockedError extends MllmShapError {}

/** A shard that is this process's alone. */
export interface Lock {
  release(): Promise<void>;
}

export interface LockOptions {
  /** Takes the lock whoever has it. */
  readonly takeOver: boolean;
  /** Told that another process has it, and that it is waited for. */
  readonly onWait: (message: string) => void;
  /** Another process took the lock over: this one must write no more. */
  readonly onLost: (error: LockedError) => void;
  readonly signal?: AbortSignal | undefined;
  /** How often the owner shows that it lives. @default 5,000 */
  readonly beatMs?: number;
}

const BEAT_MS = 5_000;
/** Beats that may be missing before its owner is taken for dead: a file server may be slow. */
const BEATS = 6;

interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly started: string;
}

/**
 * Takes a shard's lock. One whose process is gone is taken over: at once on this host, elsewhere when it has shown no life for half a minute.
 * @throws LockedError where its owner lives.
 */
export async function takeLock(path: string, { takeOver, onWait, onLost, signal, beatMs = BEAT_MS }: LockOptions): Promise<Lock> {
  const own = JSON.stringify({ host: hostname(), pid: process.pid, started: new Date().toISOString() } satisfies Owner);
  if (takeOver) await rm(path, { force: true });
  while (!(await make(path, own))) await waitForOwner(path, { onWait, beatMs, signal });
  const beat = setInterval(async () => {
    const now = await readFile(path, "utf8").catch(() => null);
    // A file server that does not answer is no other owner.
    if (now !== null && now !== own) {
      clearInterval(beat);
      onLost(new LockedError(`${path}: another process has taken this shard over`));
    } else await utimes(path, new Date(), new Date()).catch(() => undefined);
  }, beatMs);
  beat.unref();
  return {
    async release() {
      clearInterval(beat);
      if ((await readFile(path, "utf8").catch(() => null)) === own) await rm(path, { force: true });
    },
  };
}

async function make(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Returns when the lock may be tried for again. @throws LockedError where its owner lives. */
async function waitForOwner(
  path: string,
  options: Required<Pick<LockOptions, "onWait" | "beatMs">> & Pick<LockOptions, "signal">,
): Promise<void> {
  const { onWait, beatMs, signal } = options;
  const first = await stampOf(path);
  if (first === null) return;
  const { text, mtimeMs } = first;
  const owner = ownerOf(text);
  const who = owner === null ? "another process" : `process ${owner.pid} on ${owner.host}`;
  if (owner?.host === hostname() && !isAlive(owner.pid)) return await remove(path, text);
  onWait(`${path}: ${who} has this shard; looking whether it lives`);
  for (let beats = 0; beats < BEATS; beats++) {
    await new Promise((resolve) => setTimeout(resolve, beatMs));
    signal?.throwIfAborted();
    const now = await stampOf(path);
    if (now === null) return;
    // The file server's own clock against itself: those of two hosts may differ.
    if (now.text !== text || now.mtimeMs !== mtimeMs)
      throw new LockedError(`${path}: ${who} works on this shard; if that is not so, --take-over takes it`);
  }
  await remove(path, text);
}

async function remove(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => null)) === text) await rm(path, { force: true });
}

async function stampOf(path: string): Promise<{ readonly text: string; readonly mtimeMs: number } | null> {
  try {
    const { mtimeMs } = await stat(path);
    return { text: await readFile(path, "utf8"), mtimeMs };
  } catch {
    return null;
  }
}

function ownerOf(text: string): Owner | null {
  try {
    const { host, pid, started } = JSON.parse(text) as Owner;
    return typeof host === "string" && Number.isInteger(pid) ? { host, pid, started } : null;
  } catch {
    return null;
  }
}

/** Without leave to signal it (EPERM), it is there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
