import type { FileHandle } from "node:fs/promises";
import { sha256 } from "../util/sha256.js";

/** One remembered answer as it stands in a file. */
export interface MemoLine {
  readonly fingerprint: string;
  readonly payload: string;
}

/** `fingerprint TAB checksum TAB payload`, line break included. */
export function formatLine({ fingerprint, payload }: MemoLine): string {
  return `${fingerprint}\t${checksum(fingerprint, payload)}\t${payload}\n`;
}

/** The lines of a file that are whole; those that were cut off, mixed up or never ours are passed over. */
export async function* readLines(file: FileHandle): AsyncGenerator<MemoLine, void, undefined> {
  let rest = Buffer.alloc(0);
  for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20, autoClose: false })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      const line = parse(bytes.toString("utf8", from, end));
      if (line !== null) yield line;
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > LONGEST_LINE) rest = Buffer.alloc(0);
  }
}

/** Bytes of a line after which it is taken for no line of ours: an answer is far shorter. */
const LONGEST_LINE = 64 * 2 ** 20;
const LINE_FEED = 0x0a;

function parse(line: string): MemoLine | null {
  const [fingerprint = "", sum, ...rest] = line.split("\t");
  const payload = rest.join("\t");
  return sum === checksum(fingerprint, payload) ? { fingerprint, payload } : null;
}

function checksum(fingerprint: string, payload: string): string {
  return sha256(`${fingerprint}\t${payload}`).slice(0, 12);
}
