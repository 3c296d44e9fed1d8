import { closeSync, readSync, writeSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Codec } from "./codec.js";
import { LineIndex, type Place } from "./line_index.js";
import { formatLine, parseLine, readLines } from "./lines.js";
import { openOwnForAppending, openOwnForReading } from "./own_files.js";

/**
 * Answers to one question, in an append-only file of lines that other processes may append to as well. In memory are the answers that were
 * asked for or given since the last rest, and where in the file all others stand.
 */
export class Shelf<T> {
  private readonly fresh = new Map<string, T>();
  /** By payload. */
  private readonly equal = new Map<string, T>();
  private index = new LineIndex();
  /** Of the file that the index is of. */
  private inode = -1;
  /** Where in the file the index ends. Bytes. */
  private indexed = 0;
  private reader: FileHandle | null = null;
  private readonly writer: Writer;
  private opening: Promise<void> | null = null;
  /** A file that cannot be read is not written either. */
  private foreign = false;

  /** @param onFailure is told what the system says where the file cannot be read or written; the shelf then lives in memory alone. */
  constructor(
    private readonly path: string,
    private readonly codec: Codec<T>,
    private readonly onFailure: (cause: unknown) => void,
  ) {
    this.writer = createWriter(path, onFailure);
  }

  /** Answers in memory, and lines whose place is known. */
  get size(): number {
    return this.fresh.size + this.index.size;
  }

  async get(fingerprint: string): Promise<T | undefined> {
    await this.open();
    const known = this.fresh.get(fingerprint) ?? this.read(fingerprint);
    if (known !== undefined) this.fresh.set(fingerprint, known);
    return known;
  }

  async set(fingerprint: string, value: T): Promise<void> {
    if ((await this.get(fingerprint)) !== undefined) return;
    this.fresh.set(fingerprint, value);
    if (!this.foreign) this.writer.append(formatLine({ fingerprint, payload: this.codec.encode(value) }));
  }

  /**
   * Closes the files until something is asked again. Nothing may be asked meanwhile.
   * @returns whether answers need no memory from here on, but for their places: all are in the file.
   */
  async rest(): Promise<boolean> {
    await this.opening;
    const written = this.writer.close() && !this.foreign;
    await this.reader?.close();
    this.reader = null;
    this.opening = null;
    if (!written && this.fresh.size > 0) return false;
    this.fresh.clear();
    this.equal.clear();
    return true;
  }

  private async open(): Promise<void> {
    if (this.foreign) return;
    this.opening ??= this.openFile();
    await this.opening;
  }

  /** Learns what stands in the file beyond the index; of a file that took the place of the one before, everything. */
  private async openFile(): Promise<void> {
    try {
      this.reader = await openOwnForReading(this.path);
      const { ino, size } = await this.reader.stat();
      if (ino !== this.inode || size < this.indexed) this.forgetPlaces(ino);
      for await (const { fingerprint, at, bytes } of readLines(this.reader, this.indexed)) {
        this.index.add(fingerprint, { at, bytes });
        this.indexed = at + bytes + 1;
      }
      // What was used last is what pruning keeps longest.
      const now = new Date();
      if (size > 0) await this.reader.utimes(now, now).catch(() => undefined);
    } catch (cause) {
      this.forgetPlaces(-1);
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return;
      this.foreign = true;
      this.onFailure(cause);
    }
  }

  private forgetPlaces(inode: number): void {
    this.index = new LineIndex();
    this.indexed = 0;
    this.inode = inode;
  }

  private read(fingerprint: string): T | undefined {
    for (const place of this.index.places(fingerprint)) {
      const line = this.lineAt(place);
      if (line?.fingerprint !== fingerprint) continue;
      const value = this.valueOf(line.payload);
      if (value !== null) return value;
    }
    return undefined;
  }

  private lineAt({ at, bytes }: Place): ReturnType<typeof parseLine> {
    if (this.reader === null) return null;
    const buffer = Buffer.alloc(bytes);
    try {
      for (let done = 0; done < bytes; ) {
        const more = readSync(this.reader.fd, buffer, done, bytes - done, at + done);
        if (more === 0) return null;
        done += more;
      }
    } catch (cause) {
      this.onFailure(cause);
      return null;
    }
    return parseLine(buffer.toString("utf8"));
  }

  private valueOf(payload: string): T | null {
    const value = this.equal.get(payload) ?? decoded(this.codec, payload);
    if (value !== null && this.codec.repeats) this.equal.set(payload, value);
    return value;
  }
}

/** null where the payload is none of this codec's. */
function decoded<T>(codec: Codec<T>, payload: string): T | null {
  try {
    return codec.decode(payload);
  } catch {
    return null;
  }
}

interface Writer {
  append(line: string): void;
  /** @returns whether all that was appended is in the file. */
  close(): boolean;
}

/** Appends all lines of one turn of the event loop in one write; after a failure it drops them. */
function createWriter(path: string, onFailure: (cause: unknown) => void): Writer {
  let pending: string[] = [];
  let file: number | null = null;
  let failed = false;
  const flush = (): void => {
    const lines = pending.join("");
    pending = [];
    if (failed || lines === "") return;
    try {
      // A line that another process left unfinished ends here.
      const text = file === null ? `\n${lines}` : lines;
      file ??= openOwnForAppending(path);
      writeWhole(file, Buffer.from(text));
    } catch (cause) {
      failed = true;
      onFailure(cause);
    }
  };
  return {
    append(line) {
      // Microtasks run before the next native call, which blocks the thread.
      if (pending.push(line) === 1) queueMicrotask(flush);
    },
    close() {
      flush();
      if (file !== null) closeSync(file);
      file = null;
      return !failed;
    },
  };
}

/** A disk that fills up may take a part of the bytes first. */
function writeWhole(file: number, bytes: Buffer): void {
  for (let from = 0; from < bytes.length; ) from += writeSync(file, bytes, from);
}
