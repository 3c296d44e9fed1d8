import { crc32 } from "node:zlib";
import { MllmShapError } from "../../errors.js";

export interface ZipEntry {
  /** ASCII. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** 1980-01-01, the earliest that the format knows: equal contents are equal bytes. */
const DATE = 0x0021;
const VERSION = 20;
/** Sizes have 32 bits. */
const LARGEST = 0xffffffff;

/**
 * Files in a zip that stores them as they are (PKWARE APPNOTE 4.3).
 * @throws MllmShapError beyond 4 GiB.
 */
export function storedZip(entries: readonly ZipEntry[]): Uint8Array {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const facts = factsOf(name, content);
    const file = Buffer.concat([signed(0x04034b50, [VERSION]), facts, Buffer.from(name), content]);
    // Behind the facts: no comment, first disk, no attributes of files.
    directory.push(
      Buffer.concat([signed(0x02014b50, [VERSION, VERSION]), facts, shorts([0, 0, 0]), longs([0, offset]), Buffer.from(name)]),
    );
    files.push(file);
    offset += file.length;
    if (offset > LARGEST) throw new MllmShapError("the arrays are larger than a zip of 4 GiB holds");
  }
  const index = Buffer.concat(directory);
  const end = Buffer.concat([signed(0x06054b50, [0, 0, entries.length, entries.length]), longs([index.length, offset]), shorts([0])]);
  return Buffer.concat([...files, index, end]);
}

/** What both the file's own head and the directory say. */
function factsOf(name: string, content: Uint8Array): Buffer {
  const sizes = longs([crc32(content), content.length, content.length]);
  return Buffer.concat([shorts([0, 0, 0, DATE]), sizes, shorts([name.length, 0])]);
}

const signed = (signature: number, values: readonly number[]): Buffer => Buffer.concat([longs([signature]), shorts(values)]);

function shorts(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => {
    bytes.writeUInt16LE(value, i * 2);
  });
  return bytes;
}

function longs(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeUInt32LE(value, i * 4);
  });
  return bytes;
}
