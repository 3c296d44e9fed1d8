import type { Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { SpecError } from "../errors.js";
import { decodeText } from "../text/encoding.js";
import { sha256 } from "../util/sha256.js";
import { LIMITS } from "./limits.js";
import { setAside } from "./long_strings.js";

/** A spec's text and what identifies it. */
export interface SpecText {
  /** Name in messages: the path as the user wrote it, or "stdin". */
  readonly name: string;
  readonly text: string;
  /** Of the bytes, in hex. */
  readonly sha256: string;
}

/**
 * @param path relative to `cwd`.
 * @throws SpecError where the file is missing, no regular text file, or too large.
 */
export async function readSpecFile(path: string, cwd: string): Promise<SpecText> {
  const fail = (message: string, cause?: unknown) => new SpecError(message, { cause, position: { file: path } });
  let file: FileHandle;
  try {
    file = await open(resolve(cwd, path), "r");
  } catch (cause) {
    throw fail(whyUnreadable(cause), cause);
  }
  try {
    const stats = await file.stat();
    refuseOddFiles(stats, fail);
    return specText(path, await collect(file.createReadStream({ autoClose: false }), path));
  } finally {
    await file.close();
  }
}

/** @throws SpecError where the input is no text or too large. */
export async function readSpecStream(stream: Readable): Promise<SpecText> {
  return specText("stdin", await collect(stream, "stdin"));
}

function refuseOddFiles(stats: Stats, fail: (message: string) => SpecError): void {
  if (stats.isDirectory()) throw fail("is a folder; a spec is a YAML or JSON file");
  if (stats.isBlockDevice()) throw fail("is a device; a spec is a YAML or JSON file");
  if (stats.size > LIMITS.fileBytesWithSound) throw fail(tooLarge());
}

/** Reads no more than the limit, so that an endless pipe or device ends in an error. */
async function collect(stream: Readable, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LIMITS.fileBytesWithSound) throw new SpecError(tooLarge(), { position: { file: name } });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

const MIB = 1024 * 1024;
const tooLarge = () =>
  `is larger than ${LIMITS.fileBytes / MIB} MiB, the limit for specs (${LIMITS.fileBytesWithSound / MIB} MiB with sound as base64); long audio belongs in files of its own`;

function specText(name: string, bytes: Buffer): SpecText {
  const text = decode(bytes, name);
  if (isTooLong(text)) throw new SpecError(tooLarge(), { position: { file: name } });
  return { name, text, sha256: sha256(bytes) };
}

/** Sound in it aside. */
export function isTooLong(text: string): boolean {
  return text.length > LIMITS.fileBytes && setAside(text).text.length > LIMITS.fileBytes;
}

function decode(bytes: Buffer, name: string): string {
  const text = decodeText(bytes, ["utf-8"]);
  if (typeof text === "string") return text;
  const { problem } = text;
  throw new SpecError(problem === "is not a text file" ? `${problem}; a spec is YAML or JSON (explain --audio takes sound)` : problem, {
    position: { file: name },
  });
}

/** The system's error in the user's words. */
export function whyUnreadable(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === "ENOENT" || code === "ENOTDIR") return "no such file";
  if (code === "EACCES" || code === "EPERM") return "no permission to read it";
  if (code === "EISDIR") return "is a folder";
  if (code === "ENAMETOOLONG") return "the name is too long";
  if (code === "ELOOP") return "its symbolic links run in a circle";
  return `cannot be read (${code ?? String(cause)})`;
}
