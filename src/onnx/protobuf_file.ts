import { readSync } from "node:fs";

/** Bytes that are read at a time: few behind a jump, since a weight's header is followed by another jump, and more with each window that is read on. */
const FIRST_WINDOW = 1 << 9;
const LARGEST_WINDOW = 1 << 16;
/** The largest graphs in use have some hundred thousand fields; a file may be made of nothing else. */
const MOST_FIELDS = 4_000_000;
/** Bytes of a name. */
const LONGEST_TEXT = 1 << 16;
/** The descriptor of bytes that come from none. */
const NO_FILE = -1;
/** Numbers of a list of them, such as a shape. */
const MOST_NUMBERS = 1 << 16;

/** One field of a protobuf message: a number (wire type 0; of 64 bits with a sign), or where its bytes stand in the file (wire types 1, 2 and 5). */
export interface Field {
  readonly number: number;
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/** A field that becomes the next one with each step. */
export type Step = { -readonly [Key in keyof Field]: Field[Key] };

/** Where steps through the fields of a message begin. @param start of the message. */
export function fieldBefore(start: number): Step {
  // NaN is a double from the first on: memory is laid out once.
  return { number: 0, value: Number.NaN, start, end: start };
}

/**
 * Reads the protobuf messages of a file without holding it: ONNX files keep gigabytes of weights between a few kilobytes
 * of structure, and no protobuf package can leave the former on disk.
 */
export class ProtobufFile {
  /** Bytes of the file from `windowStart` on, in memory that the next window is read into. */
  private window: Buffer = Buffer.alloc(0);
  private windowStart = 0;
  private memory: Buffer = Buffer.alloc(0);
  private at = 0;
  private seen = 0;

  constructor(
    private readonly descriptor: number,
    readonly size: number,
  ) {}

  /** Bytes that are held in memory already. */
  static of(bytes: Buffer): ProtobufFile {
    const file = new ProtobufFile(NO_FILE, bytes.length);
    file.window = bytes;
    return file;
  }

  /** Fields of the message in `[start, end)`. @throws RangeError where the bytes are no protobuf message. */
  *fields(start: number, end: number): Generator<Field> {
    const field = fieldBefore(start);
    while (this.next(field, end)) yield { ...field };
  }

  /**
   * Makes of a field the one behind it, up to a message's end: graphs have some hundred thousand, which is a lot of objects to make for nothing.
   * @returns false where there is none.
   * @throws RangeError where the bytes are no protobuf message.
   */
  next(field: Step, end: number): boolean {
    const position = field.end;
    if (position >= end) return false;
    this.at = position;
    const tag = this.varint();
    const number = Math.floor(tag / 8);
    this.read(field, tag & 7);
    if (++this.seen > MOST_FIELDS) throw new RangeError(`it has more than ${MOST_FIELDS} fields`);
    if (number === 0 || field.end > end) throw new RangeError(`no protobuf field at byte ${position}`);
    field.number = number;
    return true;
  }

  text({ start, end }: Field): string {
    if (end - start > LONGEST_TEXT) throw new RangeError(`a name of ${end - start} bytes stands at byte ${start}`);
    // Names are short and stand among what was read to find them.
    if (start < this.windowStart || end > this.windowStart + this.window.length) this.move(start, end - start);
    return this.window.toString("utf8", start - this.windowStart, end - this.windowStart);
  }

  /** Bytes as text, one character each. */
  latin1({ start, end }: Field): string {
    if (start < this.windowStart || end > this.windowStart + this.window.length) this.move(start, end - start);
    return this.window.toString("latin1", start - this.windowStart, end - this.windowStart);
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
      into.push(this.number());
    }
  }

  /** Of a model that is held in memory, a view of it. */
  bytes(start: number, end: number): Buffer {
    if (this.descriptor === NO_FILE && end <= this.size) return this.window.subarray(start, end);
    if (end > this.size) throw new RangeError(`the file ends at byte ${this.size}, inside of a field`);
    return this.fill(Buffer.allocUnsafe(end - start), start);
  }

  /** @returns `out`, full. */
  private fill(out: Buffer, start: number): Buffer {
    let read = 0;
    while (read < out.length) {
      const got = readSync(this.descriptor, out, read, Math.min(out.length - read, 1 << 30), start + read);
      if (got === 0) throw new RangeError(`the file ends at byte ${start + read}, inside of a field`);
      read += got;
    }
    return out;
  }

  private read(field: Step, wire: number): void {
    if (wire === 0) {
      field.value = this.number();
      field.start = field.end = this.at;
      return;
    }
    const length = wire === 2 ? this.varint() : wire === 1 ? 8 : wire === 5 ? 4 : Number.NaN;
    if (Number.isNaN(length)) throw new RangeError(`no protobuf wire type ${wire}`);
    field.value = Number.NaN;
    field.start = this.at;
    field.end = this.at + length;
  }

  /** Exact from −2^53 to 2^53: a negative number is written as the 64 bits of its complement, which no float64 holds. */
  private number(): number {
    const start = this.at;
    const value = this.varint();
    if (value < 2 ** 63) return value;
    this.at = start;
    let bits = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      bits |= BigInt(byte & 127) << shift;
      if (byte < 128) break;
    }
    return Number(BigInt.asIntN(64, bits));
  }

  /** Exact up to 2^53, which sizes and offsets never reach. */
  private varint(): number {
    // Nearly all numbers of a graph are one byte of what was read already.
    const byte = this.window[this.at - this.windowStart];
    if (byte === undefined || byte >= 128) return this.longVarint();
    this.at += 1;
    return byte;
  }

  private longVarint(): number {
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
    if (offset < 0 || offset >= this.window.length) this.move(this.at, 1);
    const byte = this.window[this.at - this.windowStart] as number;
    this.at += 1;
    return byte;
  }

  /** Reads what stands from `start` on, `least` bytes or more. */
  private move(start: number, least: number): void {
    const have = this.window.length;
    const jump = start - (this.windowStart + have);
    const readsOn = jump >= -have && jump <= have;
    const wanted = Math.max(least, readsOn ? Math.min(4 * have, LARGEST_WINDOW) : FIRST_WINDOW);
    const length = Math.min(wanted, this.size - start);
    if (length < least) throw new RangeError(`the file ends at byte ${this.size}, inside of a field`);
    if (this.memory.length < length) this.memory = Buffer.allocUnsafeSlow(length);
    // Nothing is known to be there until it is.
    this.window = this.memory.subarray(0, 0);
    this.window = this.fill(this.memory.subarray(0, length), start);
    this.windowStart = start;
  }
}
