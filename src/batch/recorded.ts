import { open } from "node:fs/promises";
import type { Evaluation } from "../results/evaluation.js";
import type { Result } from "../results/result_schema.js";
import { escapeJson } from "../util/escape.js";
import { type LineSpan, readLineSpans } from "./journal.js";

/** Of a result's line, before the result's own keys: what finding it again takes is read without the rest. */
const HEAD = /^\{"id":("(?:[^"\\]|\\.)*"),"key":"([0-9a-f]{64})"/;
/** Bytes that hold it: an id is at most 200 characters, each of at most six when escaped. */
const HEAD_BYTES = 2_048;

export interface Recorded extends Pick<LineSpan, "offset" | "length"> {
  readonly id: string;
  readonly key: string;
}

/** The line of a finished job: the result or evaluation, and before it what it is known by. */
export function recordLine(id: string, key: string, result: Result | Evaluation): string {
  return escapeJson(JSON.stringify({ id, key, ...result }));
}

/** Where the results of a file stand. */
export async function* readRecorded(path: string): AsyncGenerator<Recorded, void, undefined> {
  for await (const { offset, length, head } of readLineSpans(path, HEAD_BYTES)) {
    const [, id, key] = HEAD.exec(head) ?? [];
    if (id !== undefined && key !== undefined) yield { id: JSON.parse(id) as string, key, offset, length };
  }
}

/** The line that stands there. */
export async function readSpan(path: string, { offset, length }: Pick<LineSpan, "offset" | "length">): Promise<string> {
  const file = await open(path, "r");
  try {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; ) {
      const { bytesRead } = await file.read(bytes, at, length - at, offset + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.toString("utf8");
  } finally {
    await file.close();
  }
}
