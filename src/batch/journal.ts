import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";

const LINE_FEED = 0x0a;
const STEP = 1 << 16;

/** A file of lines that outlives whoever writes it: a line is in it whole, or not at all. */
export interface Journal {
  /** Appends a record and waits until the disk has it. */
  append(record: string): void;
  close(): void;
}

/** Opens a file of lines for appending; what a kill left of a last line is cut off. @throws the system's error. */
export function openJournal(path: string): Journal {
  const file = openSync(path, "a+");
  cutTornLine(file);
  return {
    append(record) {
      const bytes = Buffer.from(`${record}\n`);
      // One call: readers see the line from its start on, and a kill leaves a beginning without an end, which is cut off.
      for (let from = 0; from < bytes.length; ) from += writeSync(file, bytes, from);
      fsyncSync(file);
    },
    close: () => closeSync(file),
  };
}

function cutTornLine(file: number): void {
  const { size } = fstatSync(file);
  const end = endOfLastLine(file, size);
  if (end < size) ftruncateSync(file, end);
}

/** Bytes up to and with the last line break. */
function endOfLastLine(file: number, size: number): number {
  const buffer = Buffer.alloc(STEP);
  for (let to = size; to > 0; ) {
    const from = Math.max(0, to - STEP);
    const read = readSync(file, buffer, 0, to - from, from);
    const at = buffer.subarray(0, read).lastIndexOf(LINE_FEED);
    if (at >= 0) return from + at + 1;
    to = from;
  }
  return 0;
}

/** Where a line stands in its file. */
export interface LineSpan {
  /** Of its first byte. */
  readonly offset: number;
  /** Bytes, line break left out. */
  readonly length: number;
  /** Its first bytes as text. */
  readonly head: string;
}

/**
 * Whole lines of a file, in order; nothing where there is no such file.
 * @param most bytes of each line's `head`. @param unended whether a last line without an end is one too: in what we append to ourselves it is torn.
 */
export async function* readLineSpans(path: string, most: number, unended = false): AsyncGenerator<LineSpan, void, undefined> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (file === null) return;
  let [start, at] = [0, 0];
  let head: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20, autoClose: false })) {
      const bytes = chunk as Buffer;
      for (let from = 0; from < bytes.length; ) {
        const end = bytes.indexOf(LINE_FEED, from);
        const to = end < 0 ? bytes.length : end;
        if (head.length < most) head = Buffer.concat([head, bytes.subarray(from, Math.min(to, from + most - head.length))]);
        if (end < 0) break;
        yield { offset: start, length: at + end - start, head: head.toString("utf8") };
        start = at + end + 1;
        head = Buffer.alloc(0);
        from = end + 1;
      }
      at += bytes.length;
    }
    if (unended && at > start) yield { offset: start, length: at - start, head: head.toString("utf8") };
  } finally {
    await file.close();
  }
}

/** The records of a file of short lines of JSON; what is none is passed over. */
export async function* readRecords(path: string): AsyncGenerator<Readonly<Record<string, unknown>>, void, undefined> {
  for await (const { head } of readLineSpans(path, 1 << 16)) {
    const record = parsed(head);
    if (typeof record === "object" && record !== null) yield record as Readonly<Record<string, unknown>>;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
