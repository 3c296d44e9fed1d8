import { closeSync, readSync } from "node:fs";
import { ConnectorError } from "../errors.js";
import { openRegularSync } from "../repos/door.js";
import { reasonOf } from "../util/errors.js";

/** A two-dimensional .npy array. */
export interface NpyHeader {
  readonly rows: number;
  readonly columns: number;
  /** As numpy spells it, such as "<f4". */
  readonly type: string;
  /** Bytes before the first number. */
  readonly offset: number;
}

/** Magic, version (two bytes), then the header's length in two bytes (version 1) or four. */
const START = 12;

/**
 * numpy.lib.format, versions 1 to 3.
 * @throws ConnectorError where the file is none, or no matrix in C order.
 */
export function readNpyHeader(path: string): NpyHeader {
  const start = readBytes(path, 0, START);
  if (start.length < START || start.toString("latin1", 0, 6) !== "\x93NUMPY") throw new ConnectorError(`${path} is no .npy file`);
  const wide = (start[6] as number) > 1;
  const offset = wide ? 12 : 10;
  const length = wide ? start.readUInt32LE(8) : start.readUInt16LE(8);
  if (length > 65_536) throw new ConnectorError(`${path} is no .npy file: its header would have ${length} bytes`);
  const header = readBytes(path, offset, length).toString("latin1");
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const shape = /'shape':\s*\(\s*(\d+)\s*,\s*(\d+)\s*,?\s*\)/.exec(header);
  if (type === undefined || shape === null || !/'fortran_order':\s*False/.test(header)) {
    throw new ConnectorError(`${path} holds no matrix in C order: its header is ${header.trim()}`);
  }
  return { rows: Number(shape[1]), columns: Number(shape[2]), type, offset: offset + length };
}

function readBytes(path: string, offset: number, length: number): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = openRegularSync(path).descriptor;
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
  } catch (cause) {
    if (cause instanceof ConnectorError) throw cause;
    throw new ConnectorError(`${path} cannot be read: ${reasonOf(cause)}`, { cause });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
