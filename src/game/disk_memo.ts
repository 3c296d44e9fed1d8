import { createHash } from "node:crypto";
import { chmod, type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { ExplainError } from "../errors.js";
import type { OnEvent } from "../events.js";
import type { Memo, ModelMemo } from "./memo.js";
import { type Codec, responseCodec, scoresCodec } from "./memo_codec.js";

/** A memo whose entries are in files. */
export interface DiskMemo extends ModelMemo {
  /** Writes what is not written yet. The memo must not be used afterwards. */
  close(): Promise<void>;
}

export interface DiskMemoOptions {
  /** Absolute. It will hold what models answered, so only its owner may enter the part that is made here. */
  readonly folder: string;
  /** Whatever answers depend on besides a question's key: versions of the runtime. Entries of another edition are not seen. */
  readonly edition: string;
  readonly onEvent?: OnEvent | undefined;
}

/** Of the files' layout. */
const LAYOUT = "1";

/**
 * Remembers on disk: an append-only file of lines `fingerprint TAB checksum TAB value` for each question (a model with its
 * settings, and for scores a target), read when the question is first asked. Processes may share the folder. A line that was
 * cut off or mixed up is passed over; a disk that cannot be written is a warning, and the run goes on.
 * @throws ExplainError where the folder cannot be made.
 */
export async function openDiskMemo(options: DiskMemoOptions): Promise<DiskMemo> {
  const folder = join(options.folder, `${LAYOUT}-${options.edition.replaceAll(/[^\w.-]/g, "_")}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ExplainError(`the memo folder ${options.folder} cannot be made: ${why}`, { cause });
  }
  let warned = false;
  const onFailure = (cause: unknown): void => {
    const why = cause instanceof Error ? cause.message : String(cause);
    if (!warned) options.onEvent?.({ kind: "warning", message: `answers are no longer remembered on disk: ${why}` });
    warned = true;
  };
  const responses = fileMemo(join(folder, "response"), responseCodec, onFailure);
  const scores = fileMemo(join(folder, "score"), scoresCodec, onFailure);
  return {
    responses,
    scores,
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
function fileMemo<T>(prefix: string, codec: Codec<T>, onFailure: (cause: unknown) => void): Memo<T> & { close(): Promise<void> } {
  const shelves = new Map<string, Promise<Shelf<T>>>();
  const shelfOf = (question: string): Promise<Shelf<T>> => {
    const path = `${prefix}-${question}.tsv`;
    const shelf = shelves.get(question) ?? readEntries(path, codec).then((known) => ({ known, writer: createWriter(path, onFailure) }));
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
      const payload = codec.encode(value);
      writer.append(`${fingerprint}\t${checksum(fingerprint, payload)}\t${payload}\n`);
    },
    async close() {
      for (const shelf of shelves.values()) await (await shelf).writer.close();
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

/** Equal values are one object. */
async function readEntries<T>(path: string, codec: Codec<T>): Promise<Map<string, T>> {
  const known = new Map<string, T>();
  const shared = new Map<string, T>();
  const file = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw new ExplainError(`the memo file ${path} cannot be read: ${cause.message}`, { cause });
  });
  if (file === null) return known;
  for await (const line of file.readLines({ encoding: "utf8" })) {
    const [fingerprint = "", sum, ...rest] = line.split("\t");
    const payload = rest.join("\t");
    if (sum !== checksum(fingerprint, payload)) continue;
    const value = shared.get(payload) ?? codec.decode(payload);
    shared.set(payload, value);
    known.set(fingerprint, value);
  }
  return known;
}

const checksum = (fingerprint: string, payload: string): string =>
  createHash("sha256").update(`${fingerprint}\t${payload}`).digest("hex").slice(0, 12);

interface Writer {
  append(line: string): void;
  close(): Promise<void>;
}

/** Appends lines in order, one write at a time with all that has come in the meantime; after a failure it drops them. */
function createWriter(path: string, onFailure: (cause: unknown) => void): Writer {
  let pending: string[] = [];
  let file: FileHandle | null = null;
  let failed = false;
  let writing: Promise<void> | null = null;
  const drain = async (): Promise<void> => {
    try {
      while (pending.length > 0) {
        const lines = pending.join("");
        pending = [];
        const first = file === null;
        file ??= await open(path, "a", 0o600);
        // A line that another process left unfinished ends here.
        await file.appendFile(first ? `\n${lines}` : lines);
      }
    } catch (cause) {
      failed = true;
      pending = [];
      onFailure(cause);
    } finally {
      writing = null;
    }
  };
  return {
    append(line) {
      if (failed) return;
      pending.push(line);
      writing ??= drain();
    },
    async close() {
      while (writing !== null) await writing;
      await file?.close();
    },
  };
}
