import { closeSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ExplainError } from "../errors.js";
import type { OnEvent } from "../events.js";
import { reasonOf } from "../util/errors.js";
import { type Codec, responseCodec, scoresCodec } from "./codec.js";
import { formatLine, readLines } from "./lines.js";
import type { Memo, ModelMemo } from "./memory.js";
import { claimFolder, ForeignFileError, makeFolder, openOwnForAppending, openOwnForReading } from "./own_files.js";

/** A memo whose entries are in files. */
export interface DiskMemo extends ModelMemo {
  /** Every answer so far has reached the disk. */
  keeps(): boolean;
  /**
   * Lets go of the questions that were asked longest ago, of which files hold everything, until no more is held than `most` says; what is asked again is read again.
   * For processes that live long, between two runs: nothing may be asked meanwhile.
   */
  rest(most?: Held): Promise<void>;
  /** Closes the files. The memo must not be used afterwards. */
  close(): Promise<void>;
}

export interface DiskMemoOptions {
  /** Absolute. It will hold what models answered, so only its owner may enter the part that is made here. */
  readonly folder: string;
  /** Whatever answers depend on besides a question's key: versions of the runtime. Entries of another edition are not seen. */
  readonly edition: string;
  readonly onEvent?: OnEvent | undefined;
}

/** What a memo holds open and in memory. */
export interface Held {
  /** Each has a file. */
  readonly questions: number;
  /** Of all questions together; the last question is kept whatever it has. */
  readonly answers: number;
}

/** Some 8 MiB of scores (410 bytes each of short answers, measured), and far fewer files than a process may have open. */
const MOST: Held = { questions: 64, answers: 20_000 };

/** Of the files' layout; also what a memo's folder is known by. */
export const MEMO_LAYOUT = "1";

/**
 * Remembers on disk: an append-only file of lines for each question (a model with its settings, and for scores a target), read when
 * the question is first asked. Answers that come together are handed to the system together, before the model is asked again: a
 * process that is killed loses those that it had not been given. Processes may share the folder. A line that was cut off or mixed
 * up, or whose numbers cannot be an answer's, is passed over. A disk that cannot be read or written, and a file that is a link, a pipe or
 * not our user's alone to write, is one warning, and the run goes on without.
 * @throws ExplainError where the folder cannot be made, or is not our user's alone to write.
 */
export async function openDiskMemo(options: DiskMemoOptions): Promise<DiskMemo> {
  const folder = join(options.folder, `${MEMO_LAYOUT}-${options.edition.replaceAll(/[^\w.-]/g, "_")}`);
  try {
    await makeFolder(folder, 0o700);
    await claimFolder(folder);
  } catch (cause) {
    const what = cause instanceof ForeignFileError ? "is not used" : "cannot be made";
    throw new ExplainError(`the memo folder ${options.folder} ${what}: ${reasonOf(cause)}`, { cause });
  }
  let warned = false;
  const onFailure = (cause: unknown): void => {
    if (!warned) options.onEvent?.({ kind: "warning", message: `answers are not remembered on disk from here on: ${reasonOf(cause)}` });
    warned = true;
  };
  const responses = fileMemo(join(folder, "response"), responseCodec, onFailure);
  const scores = fileMemo(join(folder, "score"), scoresCodec, onFailure);
  return {
    responses,
    scores,
    keeps: () => !warned,
    async rest(most = MOST) {
      await Promise.all([responses.rest(most), scores.rest(most)]);
    },
    async close() {
      await Promise.all([responses.close(), scores.close()]);
    },
  };
}

interface Shelf<T> {
  readonly known: Map<string, T>;
  readonly writer: Writer;
}

/** @param prefix of the files' paths. */
function fileMemo<T>(prefix: string, codec: Codec<T>, onFailure: (cause: unknown) => void): Memo<T> & Pick<DiskMemo, "rest" | "close"> {
  /** The one that was asked last at the end. */
  const shelves = new Map<string, Promise<Shelf<T>>>();
  const shelfOf = (question: string): Promise<Shelf<T>> => {
    const path = `${prefix}-${question}.tsv`;
    const shelf = shelves.get(question) ?? openShelf(path, codec, onFailure);
    shelves.delete(question);
    shelves.set(question, shelf);
    return shelf;
  };
  return {
    async get(key) {
      const [question, fingerprint] = parts(key);
      return (await shelfOf(question)).known.get(fingerprint);
    },
    async set(key, value) {
      const [question, fingerprint] = parts(key);
      const { known, writer } = await shelfOf(question);
      if (known.has(fingerprint)) return;
      known.set(fingerprint, value);
      writer.append(formatLine({ fingerprint, payload: codec.encode(value) }));
    },
    async rest(most = MOST) {
      const held = await Promise.all([...shelves].map(async ([question, shelf]) => ({ question, ...(await shelf) })));
      let answers = held.reduce((sum, { known }) => sum + known.size, 0);
      for (const { question, known, writer } of held.slice(0, -1)) {
        if (answers <= most.answers && shelves.size <= most.questions) return;
        // What is not on disk would be lost.
        if (!writer.close()) continue;
        shelves.delete(question);
        answers -= known.size;
      }
    },
    async close() {
      for (const shelf of shelves.values()) (await shelf).writer.close();
    },
  };
}

/** A question's keys are `question:fingerprint`, both hexadecimal. */
function parts(key: string): readonly [question: string, fingerprint: string] {
  const [question, fingerprint] = key.split(":");
  if (question === undefined || fingerprint === undefined || !/^\w+$/.test(question) || !/^\w+$/.test(fingerprint)) {
    throw new ExplainError(`${JSON.stringify(key)} is no key of a memo`);
  }
  return [question, fingerprint];
}

/** A file that is not read is not written either. */
async function openShelf<T>(path: string, codec: Codec<T>, onFailure: (cause: unknown) => void): Promise<Shelf<T>> {
  const known = new Map<string, T>();
  try {
    await readEntries(path, codec, known);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") {
      onFailure(cause);
      return { known: new Map(), writer: NO_WRITER };
    }
  }
  return { known, writer: createWriter(path, onFailure) };
}

/** Equal values are one object. */
async function readEntries<T>(path: string, codec: Codec<T>, known: Map<string, T>): Promise<void> {
  const file = await openOwnForReading(path);
  try {
    const { size } = await file.stat();
    const shared = new Map<string, T>();
    for await (const { fingerprint, payload } of readLines(file)) {
      const value = shared.get(payload) ?? decoded(codec, payload);
      if (value === null) continue;
      shared.set(payload, value);
      known.set(fingerprint, value);
    }
    // What was used last is what pruning keeps longest.
    const now = new Date();
    if (size > 0) await file.utimes(now, now).catch(() => undefined);
  } finally {
    await file.close();
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

const NO_WRITER: Writer = { append: () => undefined, close: () => false };

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
