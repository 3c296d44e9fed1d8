import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { ConnectorError } from "../errors.js";

/** A JSON file of a model's folder; null where it is not there. @throws ConnectorError where it cannot be read or is no JSON. */
export async function readJson<T = unknown>(folder: string, name: string): Promise<T | null> {
  const text = await readText(folder, name);
  if (text === null) return null;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new ConnectorError(`${join(folder, name)} is no JSON: ${(cause as Error).message}`, { cause });
  }
}

/** The same for a text. */
export async function readText(folder: string, name: string): Promise<string | null> {
  try {
    return await readFile(join(folder, name), "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new ConnectorError(`${join(folder, name)} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** A JSON file that must be there and be as the schema says. @throws ConnectorError with the file, the key and what is wrong with it. */
export async function readJsonAs<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T> {
  const path = join(folder, name);
  const json = await readJson(folder, name);
  if (json === null) throw new ConnectorError(`${path} cannot be read as JSON: it is not there, or null`);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ConnectorError(`${path} is not understood: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`, { cause: parsed.error });
}
