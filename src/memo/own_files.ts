import { closeSync, constants, fstatSync, openSync, type Stats } from "node:fs";
import { chmod, type FileHandle, lstat, mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";

/*
 * Whoever may write into a memo could change published numbers, and a link or pipe laid there could make us write elsewhere or wait for
 * ever. So only plain files and folders of our own user, which nobody else may write, are opened.
 */

/** Why something in the memo's folder is not used. */
export class ForeignFileError extends Error {}

/** A link is not followed, and a pipe not waited for. Both are 0 where the platform has no such flag. */
const WARY = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** @throws ForeignFileError, or the system's error. */
export async function openOwnForReading(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | WARY).catch((cause) => {
    throw wordsFor(path, cause);
  });
  try {
    requireOwn(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Opens for appending, and makes the file where it is not there. @returns a file descriptor. @throws ForeignFileError, or the system's error. */
export function openOwnForAppending(path: string): number {
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | WARY, 0o600);
    requireOwn(path, fstatSync(file));
    return file;
  } catch (cause) {
    if (file !== null) closeSync(file);
    throw wordsFor(path, cause);
  }
}

/** ENXIO: a pipe that nobody reads. */
function wordsFor(path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  return code === "ELOOP" || code === "ENXIO" ? new ForeignFileError(`${path} is no plain file`, { cause }) : cause;
}

function requireOwn(path: string, stats: Stats): void {
  if (!stats.isFile()) throw new ForeignFileError(`${path} is no plain file`);
  if (stats.nlink > 1) throw new ForeignFileError(`${path} has a second name elsewhere`);
  requireOwner(path, stats);
}

/** Makes a folder of our user's ours alone. @throws ForeignFileError where it is a link, another user's, or stays open to others. */
export async function claimFolder(path: string): Promise<void> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) throw new ForeignFileError(`${path} is no plain folder`);
  // A folder on a read-only disk is as private as it is, and can still be read.
  if (stats.uid === process.getuid?.()) await chmod(path, 0o700).catch(() => undefined);
  requireOwner(path, await lstat(path));
}

/** Windows has no such owners: its folders of users are private by themselves. */
function requireOwner(path: string, { uid, mode }: Stats): void {
  const own = process.getuid?.();
  if (own === undefined) return;
  if (uid !== own) throw new ForeignFileError(`${path} belongs to another user`);
  if ((mode & 0o022) !== 0) throw new ForeignFileError(`other users may write ${path}`);
}

/** Makes a folder and those above it. Node's own way (`recursive`) never returns where the system cannot have one, as below /proc. */
export async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" && dirname(path) !== path) {
      await makeFolder(dirname(path), mode);
      await mkdir(path, mode).catch(unlessThere(path));
    } else await unlessThere(path)(cause);
  }
}

/** Another process may have made it in between. */
function unlessThere(path: string): (cause: unknown) => Promise<void> {
  return async (cause) => {
    if ((await stat(path).catch(() => null))?.isDirectory() !== true) throw cause;
  };
}
