import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { ConnectorError } from "../errors.js";

const known = new Map<string, Promise<string>>();

/**
 * SHA-256 of a file in hex, read as a stream; a file that has not changed since is not read again in this process.
 * @param path absolute.
 */
export async function fileSha256(path: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    const key = `${path}\0${size}\0${mtimeMs}\0${ino}`;
    let digest = known.get(key);
    if (digest === undefined) {
      digest = hash(path);
      known.set(key, digest);
    }
    return await digest;
  } catch (cause) {
    throw new ConnectorError(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function hash(path: string): Promise<string> {
  const digest = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), digest);
  return digest.digest("hex");
}

/** Files of a model folder and of its subfolders, relative, sorted; links are followed to files only. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/")).sort();
}
