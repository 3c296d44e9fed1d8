import { readSync } from "node:fs";

const WINDOW = 1 << 16;
/** The largest graphs in use have some hundred thousand fields; a file may be made of nothing else. */
const MOST_FIELDS = 4_000_000;
/** Bytes of a name. */
const LONGEST_TEXT = 1 << 16;
/** Numbers of a list of them, such as a shape. */
const MOST_NUMBERS = 1 << 16;

/** One field of a protobuf message: a number (wire type 0), or where its bytes stand in the file (wire types 1, 2 and 5). */
export interface Field {
  readonly number: number;
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the protobuf messages of a file without holding it: ONNX files keep gigabytes of weights between a few kilobytes
 * of structure, and no protobuf package can leave the former on disk.
 */
export class ProtobufFile {
  private window: Buffer = Buffer.alloc(0);
  private windowStart = 0;
  private at = 0;
  private seen = 0;

  constructor(
    private readonly descriptor: number,
    readonly size: number,
  ) {}

  /** Fields of the message in `[start, end)`. @throws RangeError where the bytes are no protobuf message. */
  *fields(start: number, end: number): Generator<Field> {
    let position = start;
    while (position < end) {
      this.at = position;
      const tag = this.varint();
      const field = this.field(Math.floor(tag / 8), tag & 7);
      if (++this.seen > MOST_FIELDS) throw new RangeError(`it has more than ${MOST_FIELDS} fields`);
      if (field.number === 0 || field.end > end) throw new RangeError(`no protobuf field at byte ${position}`);
      position = field.end;
      yield field;
    }
  }

  text({ start, end }: Field): string {
    if (end - start > LONGEST_TEXT) throw new RangeError(`a name of ${end - start} bytes stands at byte ${start}`);
    // Names are short and stand among what was read to find them.
    const from = start - this.windowStart;
    if (from >= 0 && end - this.windowStart <= this.window.length) return this.window.toString("utf8", from, end - this.windowStart);
    return this.bytes(start, end).toString("utf8");
  }

  /** Packed varints, or the one number of an unpacked field. */
  numbers(field: Field, into: number[]): void {
    if (!Number.isNaN(field.value)) {
      into.push(field.value);
      return;
    }
    this.at = field.start;
    while (this.at < field.end) {
      if (into.length >= MOST_NUMBERS) throw new RangeError(`a list of more than ${MOST_NUMBERS} numbers stands at byte ${field.start}`);
      into.push(this.varint());
    }
  }

  bytes(start: number, end: number): Buffer {
    if (end > this.size) throw new RangeError(`the file ends at byte ${this.size}, inside of a field`);
    const out = Buffer.alloc(end - start);
    let read = 0;
    while (read < out.length) {
      const got = readSync(this.descriptor, out, read, Math.min(out.length - read, 1 << 30), start + read);
      if (got === 0) throw new RangeError(`the file ends at byte ${start + read}, inside of a field`);
      read += got;
    }
    return out;
  }

  private field(number: number, wire: number): Field {
    if (wire === 0) {
      const value = this.varint();
      return { number, value, start: this.at, end: this.at };
    }
    const length = wire === 2 ? this.varint() : wire === 1 ? 8 : wire === 5 ? 4 : Number.NaN;
    if (Number.isNaN(length)) throw new RangeError(`no protobuf wire type ${wire}`);
    return { number, value: Number.NaN, start: this.at, end: this.at + length };
  }

  /** Exact up to 2^53, which sizes and offsets never reach. */
  private varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError("a protobuf number is longer than 10 bytes");
  }

  private byte(): number {
    const offset = this.at - this.windowStart;
    if (offset < 0 || offset >= this.window.length) {
      if (this.at >= this.size) throw new RangeError(`the file ends at byte ${this.size}, inside of a field`);
      this.window = this.bytes(this.at, Math.min(this.size, this.at + WINDOW));
      this.windowStart = this.at;
    }
    const byte = this.window[this.at - this.windowStart] as number;
    this.at += 1;
    return byte;
  }
}
