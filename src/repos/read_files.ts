import { join } from "node:path";
import type { z } from "zod";
import { ConnectorError } from "../errors.js";
import { currentSignal } from "../util/abort.js";
import { admit, readWhole } from "./door.js";

/** Bytes of configurations, templates and vocabularies that are read at most; the largest tokenizer.json in use has some 40 MB. */
const MOST_BYTES = { "tokenizer.json": 128 * 2 ** 20, other: 16 * 2 ** 20 } as const;

/** A JSON file of a model's folder; null where it is not there. @throws ConnectorError where it cannot be read or is no JSON. */
export async function readJson<T = unknown, A = null>(folder: string, name: string, absent: A = null as A): Promise<T | A> {
  const text = await readText(folder, name);
  if (text === null) return absent;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new ConnectorError(`${join(folder, name)} is no JSON${whereIn(cause)}`, { cause });
  }
}

/** The parser's message quotes the file, which may be one that nobody meant to publish. */
function whereIn(cause: unknown): string {
  const at = /position \d+( \(line \d+ column \d+\))?/.exec((cause as Error).message)?.[0];
  return at === undefined ? ": it is empty or cut off" : `: it goes wrong at ${at}`;
}

const ABSENT = Symbol("absent");

export type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON file that is an object, as all configurations are; null where it is not there. */
export async function readJsonObject(folder: string, name: string): Promise<JsonObject | null> {
  const json = await readJson(folder, name, ABSENT);
  if (json === ABSENT) return null;
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as JsonObject;
  throw new ConnectorError(`${join(folder, name)} is no JSON object: it must be one of keys and values`);
}

/** A text file of a model's folder; null where it is not there. @throws ConnectorError where it cannot be read, is too large, or leads out of the folder. */
export async function readText(folder: string, name: string): Promise<string | null> {
  try {
    const maxBytes = name === "tokenizer.json" ? MOST_BYTES[name] : MOST_BYTES.other;
    return (await readWhole(await admit(folder, name), { maxBytes, signal: currentSignal() })).toString("utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    if (cause instanceof ConnectorError || currentSignal()?.aborted === true) throw cause;
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
