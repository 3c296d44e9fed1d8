import { readFile, stat } from "node:fs/promises";
import { AudioError } from "../errors.js";
import { checkBytes, DECODE_LIMITS, type DecodeLimits } from "./limits.js";

/** @throws AudioError naming the file where it is missing, no regular file, empty, or larger than the limit (asked before reading). */
export async function readAudioFile(file: string, limits: DecodeLimits = DECODE_LIMITS): Promise<Uint8Array> {
  try {
    const info = await stat(file);
    if (!info.isFile()) throw new AudioError("not a regular file");
    if (info.size === 0) throw new AudioError("the audio file is empty (0 bytes)");
    checkBytes(info.size, limits);
    return await readFile(file);
  } catch (cause) {
    throw new AudioError(`${file}: ${reason(cause)}`, { cause });
  }
}

function reason(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file";
  if (code === "EACCES") return "may not be read";
  return cause instanceof Error ? cause.message : String(cause);
}
