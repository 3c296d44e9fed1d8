import { createHash } from "node:crypto";
import { opendir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { ConnectorError } from "../errors.js";
import { currentSignal } from "../util/abort.js";
import { reasonOf } from "../util/errors.js";
import { openRegular } from "./door.js";

const known = new Map<string, string>();
/** Keys are a few hundred bytes each. */
const MAX_KEYS = 10_000;

/** What outlives the process of files by what tells that they have not changed: digests, and what was found by trying. All in hex. */
export interface HashStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, found: string): Promise<void>;
}

/** Bytes of a file below which it is read faster than it is looked up. */
export const WORTH_KEEPING = 2 ** 26;
/** A file that changed that lately may change again within one tick of its clock. */
const SETTLED_MS = 2_000;

/**
 * SHA-256 of a file in hex, read in parts; a file that has not changed since is not read again in this process, a large one not by the next
 * either where there is a store.
 * @param path absolute, resolved.
 * @throws ConnectorError where it is no regular file or cannot be read; the current signal's reason.
 */
export async function fileSha256(path: string, store?: HashStore): Promise<string> {
  try {
    const { key, size, settled } = await fileKey(path);
    const digest = known.get(key) ?? (await kept(key, () => hash(path), settled && size >= WORTH_KEEPING ? store : undefined));
    if (known.size >= MAX_KEYS) known.clear();
    known.set(key, digest);
    return digest;
  } catch (cause) {
    if (cause instanceof ConnectorError || currentSignal()?.aborted === true) throw cause;
    throw new ConnectorError(`${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** What tells a file that has not changed; `settled`: nor may have without telling. */
export async function fileKey(path: string): Promise<{ readonly key: string; readonly size: number; readonly settled: boolean }> {
  const { size, mtimeNs, ctimeNs, ctimeMs, ino, dev } = await stat(path, { bigint: true });
  const settled = Date.now() - Number(ctimeMs) > SETTLED_MS;
  return { key: [path, size, mtimeNs, ctimeNs, ino, dev].join("\0"), size: Number(size), settled };
}

async function kept(key: string, make: () => Promise<string>, store: HashStore | undefined): Promise<string> {
  const found = await store?.get(key);
  if (found !== undefined) return found;
  const digest = await make();
  await store?.set(key, digest);
  return digest;
}

/** No more than the file had when it was opened: what grows meanwhile has no end. */
async function hash(path: string): Promise<string> {
  const { handle, size } = await openRegular(path);
  try {
    const digest = createHash("sha256");
    const part = Buffer.alloc(Math.min(size, 1 << 20));
    for (let at = 0; at < size; ) {
      currentSignal()?.throwIfAborted();
      const { bytesRead } = await handle.read(part, 0, Math.min(part.length, size - at), at);
      if (bytesRead === 0) break;
      digest.update(part.subarray(0, bytesRead));
      at += bytesRead;
    }
    return digest.digest("hex");
  } finally {
    await handle.close();
  }
}

/** A model has dozens of files; a folder with more than that many things in it is another. */
const MOST_ENTRIES = 100_000;

/**
 * Files of a model folder and of its subfolders, relative, sorted; links are followed to files only.
 * @throws ConnectorError for a folder of more than 100,000 things.
 */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  let entries = 0;
  for await (const entry of await opendir(folder, { recursive: true })) {
    currentSignal()?.throwIfAborted();
    if (++entries > MOST_ENTRIES) throw new ConnectorError(`${folder} holds more than ${MOST_ENTRIES} files: it is no model's folder`);
    if (entry.isFile() || entry.isSymbolicLink()) files.push(relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  }
  return files.sort();
}
