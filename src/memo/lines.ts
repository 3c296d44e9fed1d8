import type { FileHandle } from "node:fs/promises";
import { sha256 } from "../util/sha256.js";
import type { Place } from "./line_index.js";

/** One remembered answer as it stands in a file. */
export interface MemoLine {
  readonly fingerprint: string;
  readonly payload: string;
}

/** `fingerprint TAB checksum TAB payload`, line break included. */
export function formatLine({ fingerprint, payload }: MemoLine): string {
  return `${fingerprint}\t${checksum(fingerprint, payload)}\t${payload}\n`;
}

/** @param line without its break. @returns null where it was cut off, mixed up or never ours. */
export function parseLine(line: string): MemoLine | null {
  const [fingerprint = "", sum, ...rest] = line.split("\t");
  const payload = rest.join("\t");
  return sum === checksum(fingerprint, payload) ? { fingerprint, payload } : null;
}

/**
 * The lines of a file that are whole and ours, and where they stand; others are passed over.
 * @param from bytes before it are not read: the begin of a line.
 */
export async function* readLines(file: FileHandle, from = 0): AsyncGenerator<MemoLine & Place, void, undefined> {
  const { size } = await file.stat();
  const highWaterMark = Math.min(LARGEST_READ, Math.max(SMALLEST_READ, size - from));
  let rest = Buffer.alloc(0);
  let at = from;
  for await (const chunk of file.createReadStream({ start: from, highWaterMark, autoClose: false })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let begin = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, begin)) {
      const line = parseLine(bytes.toString("utf8", begin, end));
      if (line !== null) yield { ...line, at: at + begin, bytes: end - begin };
      begin = end + 1;
    }
    at += begin;
    rest = bytes.subarray(begin);
    if (rest.length <= LONGEST_LINE) continue;
    at += rest.length;
    rest = Buffer.alloc(0);
  }
}

/** Bytes of a line after which it is taken for no line of ours: an answer is far shorter. */
const LONGEST_LINE = 64 * 2 ** 20;
const [SMALLEST_READ, LARGEST_READ] = [2 ** 12, 2 ** 20];
const LINE_FEED = 0x0a;

function checksum(fingerprint: string, payload: string): string {
  return sha256(`${fingerprint}\t${payload}`).slice(0, 12);
}
