import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { SpecError } from "../errors.js";
import { readResults } from "../results/read_result.js";
import type { Result } from "../results/result_schema.js";
import { whyUnreadable } from "../spec/read.js";
import { decodeText } from "../text/encoding.js";
import type { Context } from "./context.js";

/** A text file in UTF-8 or UTF-16, without its byte order mark; `-` reads standard input. @throws SpecError where it cannot be read as text. */
export async function readText(file: string, context: Pick<Context, "stdin" | "cwd">): Promise<string> {
  const text = decodeText(await readBytes(file, context), ["utf-8", "utf-16le", "utf-16be"]);
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

/** Results of a file; `-` reads standard input. */
export async function readResultFile(file: string, context: Context): Promise<readonly Result[]> {
  return readResults(await readText(file, context), file);
}

/** The one result of a file. @throws SpecError where it holds several. */
export async function readOneResult(file: string, context: Context): Promise<Result> {
  const results = await readResultFile(file, context);
  const [result] = results;
  if (result === undefined || results.length > 1)
    throw new SpecError(`${file}: holds ${results.length} results; compare takes one of each`);
  return result;
}
