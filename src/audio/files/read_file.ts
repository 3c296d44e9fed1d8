import { readFile, realpath, stat } from "node:fs/promises";
import { AudioError } from "../../errors.js";
import { currentSignal } from "../../util/abort.js";
import { reasonOf } from "../../util/errors.js";
import { markUnchanging } from "../memory.js";
import { checkBytes, DECODE_LIMITS, type DecodeLimits } from "./limits.js";

/** Files that were read, by where they lie and when they were changed, as long as someone holds their bytes. */
const read = new Map<string, WeakRef<Uint8Array>>();
/** Keys are a few hundred bytes each. */
const MAX_KEYS = 1_000;

/**
 * A file that is named several times is read, and so decoded, once.
 *
 * @returns bytes that must not be changed.
 * @throws AudioError naming the file where it is missing, no regular file, empty, or larger than the limit (asked before reading).
 */
export async function readAudioFile(file: string, limits: DecodeLimits = DECODE_LIMITS): Promise<Uint8Array> {
  try {
    const path = await realpath(file);
    const info = await stat(path);
    if (!info.isFile()) throw new AudioError("not a regular file");
    if (info.size === 0) throw new AudioError("the audio file is empty (0 bytes)");
    checkBytes(info.size, limits);
    const key = `${path}\n${info.dev}:${info.ino}:${info.size}:${info.mtimeMs}:${info.ctimeMs}`;
    const before = read.get(key)?.deref();
    if (before !== undefined) return before;
    const bytes = await readFile(path, { signal: currentSignal() });
    markUnchanging(bytes);
    const [oldest] = read.keys();
    if (read.size >= MAX_KEYS && oldest !== undefined) read.delete(oldest);
    read.set(key, new WeakRef(bytes));
    return bytes;
  } catch (cause) {
    currentSignal()?.throwIfAborted();
    throw new AudioError(`${file}: ${reason(cause)}`, { cause });
  }
}

function reason(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file";
  if (code === "EACCES") return "may not be read";
  return reasonOf(cause);
}
