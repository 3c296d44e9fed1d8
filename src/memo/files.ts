import { lstat, readdir, rm, rmdir, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { MEMO_LAYOUT } from "./disk.js";
import { HASHES_FILE } from "./hashes.js";
import { readLines } from "./lines.js";
import { openOwnForReading } from "./own_files.js";

/** One file of a memo's folder. */
export interface MemoFile {
  readonly path: string;
  readonly bytes: number;
  /** When it was last read or written. */
  readonly usedMs: number;
}

export interface PruneOptions {
  /** Files that were last used before this time go. Milliseconds since 1970. */
  readonly usedSinceMs: number | null;
  /** Then those unused longest go, until the rest is no larger. */
  readonly maxBytes: number | null;
}

/** How far clocks of machines that share a folder may differ. */
const CLOCK_MS = 60_000;
const EDITION = new RegExp(`^${MEMO_LAYOUT}-[\\w.-]+$`);
const ANSWERS = /^(?:response|score)-\w+\.tsv$/;
const FILE = new RegExp(`${ANSWERS.source}|^${HASHES_FILE.replace(".", "\\.")}$`);

/** Files that a disk memo made in `folder`, of any edition; whatever else lies there is not looked at. None where there is no folder. */
export async function memoFiles(folder: string): Promise<readonly MemoFile[]> {
  const files: MemoFile[] = [];
  for (const edition of await folderEntries(folder, EDITION)) {
    for (const name of await folderEntries(join(folder, edition), FILE)) {
      const path = join(folder, edition, name);
      const stats = await lstat(path).catch(() => null);
      if (stats?.isFile() === true) files.push({ path, bytes: stats.size, usedMs: stats.mtimeMs });
    }
  }
  return files;
}

/** Different answers that the files hold; a file that a run would not read counts for nothing. */
export async function countEntries(files: readonly MemoFile[]): Promise<number> {
  let entries = 0;
  for (const { path } of files) {
    if (!ANSWERS.test(basename(path))) continue;
    const fingerprints = new Set<string>();
    const file = await openOwnForReading(path).catch(() => null);
    if (file === null) continue;
    for await (const { fingerprint } of readLines(file)) fingerprints.add(fingerprint);
    await file.close();
    entries += fingerprints.size;
  }
  return entries;
}

/**
 * A file that was used at a time still to come (the clock was set back) counts as used now, from now on.
 * @returns the files that were removed.
 */
export async function pruneMemo(folder: string, { usedSinceMs, maxBytes }: PruneOptions): Promise<readonly MemoFile[]> {
  const now = Date.now();
  const found = await memoFiles(folder);
  for (const { path, usedMs } of found)
    if (usedMs > now + CLOCK_MS) await utimes(path, new Date(now), new Date(now)).catch(() => undefined);
  const files = found.toSorted((a, b) => a.usedMs - b.usedMs);
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const removed: MemoFile[] = [];
  for (const file of files) {
    const old = usedSinceMs !== null && file.usedMs < usedSinceMs;
    if (!old && (maxBytes === null || bytes <= maxBytes)) continue;
    await rm(file.path, { force: true });
    bytes -= file.bytes;
    removed.push(file);
  }
  for (const edition of await folderEntries(folder, EDITION)) await rmdir(join(folder, edition)).catch(() => undefined);
  return removed;
}

async function folderEntries(folder: string, pattern: RegExp): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => pattern.test(name)).sort();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw cause;
  }
}
