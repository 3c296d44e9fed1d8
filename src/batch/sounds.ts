import { mkdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { sha256 } from "../util/sha256.js";
import type { Row } from "./template.js";

/**
 * The row with every sound in it (bytes, or `{bytes, path}` as Hugging Face data sets hold them) replaced by the path of a file with
 * these bytes, which is named after its content.
 * @param folder absolute; made where it is not there. @param from absolute folder that the path starts from.
 */
export async function keepSounds(row: Row, folder: string, from: string): Promise<Row> {
  const entries = Object.entries(row).map(async ([name, value]) => {
    const bytes = bytesOf(value);
    return [
      name,
      bytes === null
        ? value
        : relative(from, await keep(bytes, folder))
            .split(sep)
            .join("/"),
    ] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "object" || value === null || !("bytes" in value)) return null;
  return value.bytes instanceof Uint8Array ? value.bytes : null;
}

async function keep(bytes: Uint8Array, folder: string): Promise<string> {
  // What kind of sound it is, is told from its content.
  const path = join(folder, `${sha256(bytes)}.sound`);
  const there = await stat(path).catch(() => null);
  if (there?.size !== bytes.length) {
    await mkdir(folder, { recursive: true });
    await writeFileAtomic(path, Buffer.from(bytes));
  }
  return path;
}
