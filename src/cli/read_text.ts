import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { SpecError } from "../errors.js";
import { type Archive, isArchive, unpackArchive } from "../results/archive.js";
import { readResults } from "../results/read_result.js";
import type { Result } from "../results/result_schema.js";
import { whyUnreadable } from "../spec/read.js";
import { decodeText } from "../text/encoding.js";
import type { Context } from "./context.js";

/** A text file in UTF-8 or UTF-16, without its byte order mark; `-` reads standard input. @throws SpecError where it cannot be read as text. */
export async function readText(file: string, context: Pick<Context, "stdin" | "cwd">): Promise<string> {
  return textOf(await readBytes(file, context), file);
}

function textOf(bytes: Buffer, file: string): string {
  const text = decodeText(bytes, ["utf-8", "utf-16le", "utf-16be"]);
  if (typeof text === "string") return text;
  const { problem, hint } = text;
  throw new SpecError(`${file}: ${problem}${hint === undefined ? "" : ` (${hint})`}`);
}

async function readBytes(file: string, { stdin, cwd }: Pick<Context, "stdin" | "cwd">): Promise<Buffer> {
  try {
    if (file !== "-") return await readFile(resolve(cwd, file));
    const parts: Buffer[] = [];
    for await (const part of stdin) parts.push(Buffer.from(part as Buffer));
    return Buffer.concat(parts);
  } catch (cause) {
    throw new SpecError(`${file}: ${whyUnreadable(cause)}`, { cause });
  }
}

/** Whether a folder is there. */
export async function isFolder(file: string, { cwd }: Pick<Context, "cwd">): Promise<boolean> {
  return file !== "-" && (await stat(resolve(cwd, file)).catch(() => null))?.isDirectory() === true;
}

/** Results of a file, which may be an archive; `-` reads standard input. */
export async function readResultFile(file: string, context: Context): Promise<readonly Result[]> {
  if (await isFolder(file, context))
    throw new SpecError(`${file}: is a folder; of a batch's, mllm-shap merge ${file} -o all.jsonl makes a file of results`);
  const bytes = await readBytes(file, context);
  if (isArchive(bytes)) return [(await unpackArchive(bytes, file)).result];
  return readResults(textOf(bytes, file), file);
}

/** What `explain --archive` wrote; `-` reads standard input. */
export async function readArchiveFile(file: string, context: Context): Promise<Archive> {
  return await unpackArchive(await readBytes(file, context), file);
}

/** The one result of a file. @throws SpecError where it holds several. */
export async function readOneResult(file: string, context: Context): Promise<Result> {
  const results = await readResultFile(file, context);
  const [result] = results;
  if (result === undefined || results.length > 1)
    throw new SpecError(`${file}: holds ${results.length} results; compare takes one of each`);
  return result;
}
