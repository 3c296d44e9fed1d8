import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { SpecError } from "../errors.js";
import { whyUnreadable } from "../spec/read.js";
import type { Context } from "./context.js";

/** A file's text; `-` reads standard input. @throws SpecError where it cannot be read. */
export async function readText(file: string, { stdin, cwd }: Pick<Context, "stdin" | "cwd">): Promise<string> {
  try {
    if (file !== "-") return await readFile(resolve(cwd, file), "utf8");
    const parts: Buffer[] = [];
    for await (const part of stdin) parts.push(Buffer.from(part as Buffer));
    return Buffer.concat(parts).toString("utf8");
  } catch (cause) {
    throw new SpecError(`${file}: ${whyUnreadable(cause)}`, { cause });
  }
}
