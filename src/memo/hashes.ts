import { closeSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { HashStore } from "../repos/local_files.js";
import { sha256 } from "../util/sha256.js";
import { formatLine, readLines } from "./lines.js";
import { claimFolder, makeFolder, openOwnForAppending, openOwnForReading } from "./own_files.js";

/** A part of a memo's folder beside those of its editions: what a file is does not depend on who asks. */
export const HASHES_FOLDER = "1-files";
export const HASHES_FILE = "hashes.tsv";

/** Digests are as long as it goes. */
const HEX = /^[0-9a-f]{1,64}$/;

/**
 * Digests of large files, and what was found by trying them, in a file of lines, read when the first is asked for. A folder that cannot be read or written, or is not our user's
 * alone, means only that files are read again.
 * @param folder absolute; the memo's.
 */
export function diskHashes(folder: string): HashStore {
  const path = join(folder, HASHES_FOLDER, HASHES_FILE);
  let known: Promise<Map<string, string>> | null = null;
  const read = async (): Promise<Map<string, string>> => {
    known ??= readHashes(path).catch(() => new Map<string, string>());
    return await known;
  };
  return {
    get: async (key) => (await read()).get(sha256(key)),
    async set(key, found) {
      const fingerprint = sha256(key);
      (await read()).set(fingerprint, found);
      await append(folder, path, formatLine({ fingerprint, payload: found })).catch(() => undefined);
    },
  };
}

async function readHashes(path: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const file = await openOwnForReading(path);
  try {
    for await (const { fingerprint, payload } of readLines(file)) if (HEX.test(payload)) found.set(fingerprint, payload);
    const now = new Date();
    await file.utimes(now, now).catch(() => undefined);
  } finally {
    await file.close();
  }
  return found;
}

async function append(folder: string, path: string, line: string): Promise<void> {
  await makeFolder(join(folder, HASHES_FOLDER), 0o700);
  await claimFolder(join(folder, HASHES_FOLDER));
  const file = openOwnForAppending(path);
  try {
    // A line that another process left unfinished ends here.
    writeSync(file, `\n${line}`);
  } finally {
    closeSync(file);
  }
}
