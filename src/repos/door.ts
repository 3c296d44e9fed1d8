import { closeSync, constants, fstatSync, openSync, realpathSync, type Stats } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { ConnectorError } from "../errors.js";

/**
 * The one door for files that a stranger's model may name: each is resolved once, must be a regular file inside of the folder that it belongs
 * to, is bounded in bytes, and can be left off. `O_NONBLOCK`: opening a FIFO must not wait for somebody to write to it.
 */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** A snapshot of the Hugging Face cache, whose files are links to the blobs beside it. */
const SNAPSHOT = /^(.*[\\/](?:models|datasets)--[^\\/]+)[\\/]snapshots[\\/][^\\/]+(?:[\\/]|$)/;

/**
 * Where a file of a folder really lies.
 * @param name relative to `folder`, or absolute.
 * @throws ConnectorError where it leads out of the folder; Node's own error where it is not there.
 */
export async function admit(folder: string, name: string): Promise<string> {
  return inside(await realpath(folder), await realpath(isAbsolute(name) ? name : join(folder, name)), folder, name);
}

/** The same for readers that cannot wait. */
export function admitSync(folder: string, name: string): string {
  return inside(realpathSync(folder), realpathSync(isAbsolute(name) ? name : join(folder, name)), folder, name);
}

function inside(folder: string, real: string, asked: string, name: string): string {
  const cache = SNAPSHOT.exec(folder)?.[1];
  if (isBelow(real, folder) || (cache !== undefined && isBelow(real, join(cache, "blobs")))) return real;
  const path = isAbsolute(name) ? name : join(asked, name);
  throw new ConnectorError(`${path} leads out of the model's folder ${asked}: a model's files must lie inside of it`);
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Opens a regular file at a path as `admit` gives it. @throws ConnectorError for a folder, pipe, device or socket. */
export async function openRegular(path: string): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  const handle = await opened(() => open(path, READ), path);
  try {
    return { handle, size: regular(await handle.stat(), path) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The same, for readers that cannot wait: a descriptor. */
export function openRegularSync(path: string): { readonly descriptor: number; readonly size: number } {
  let descriptor: number;
  try {
    descriptor = openSync(path, READ);
  } catch (cause) {
    throw noFile(path, cause);
  }
  try {
    return { descriptor, size: regular(fstatSync(descriptor), path) };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

async function opened<T>(call: () => Promise<T>, path: string): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw noFile(path, cause);
  }
}

/** A socket cannot even be opened. */
function noFile(path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  return code === "ENXIO" || code === "EOPNOTSUPP" ? new ConnectorError(`${path} is a socket or pipe, not a file`, { cause }) : cause;
}

function regular(stats: Stats, path: string): number {
  if (stats.isFile()) return stats.size;
  const what = stats.isDirectory() ? "a folder" : stats.isFIFO() ? "a pipe" : stats.isSocket() ? "a socket" : "a device";
  throw new ConnectorError(`${path} is ${what}, not a file`);
}

export interface ReadLimits {
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

const STEP = 1 << 20;

/**
 * The bytes of a small file.
 * @param path as `admit` gives it.
 * @throws ConnectorError where it is no regular file, or larger than is read; the signal's reason.
 */
export async function readWhole(path: string, { maxBytes, signal }: ReadLimits): Promise<Buffer> {
  const { handle, size } = await openRegular(path);
  try {
    if (size > maxBytes) throw new ConnectorError(`${path} has ${size} bytes; at most ${maxBytes} are read`);
    const parts: Buffer[] = [];
    for (let at = 0; ; ) {
      signal?.throwIfAborted();
      // Files of the system have a size of 0 and content all the same.
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(STEP, Math.max(size - at, 0) + 1)), 0, null, at);
      if (bytesRead === 0) return Buffer.concat(parts);
      at += bytesRead;
      if (at > maxBytes) throw new ConnectorError(`${path} has more than ${maxBytes} bytes, which is all that is read`);
      parts.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}
