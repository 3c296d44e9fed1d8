import { join } from "node:path";
import { ExplainError } from "../errors.js";
import type { OnEvent } from "../events.js";
import { reasonOf } from "../util/errors.js";
import { type Codec, responseCodec, scoresCodec } from "./codec.js";
import type { Memo, ModelMemo } from "./memory.js";
import { claimFolder, ForeignFileError, makeFolder } from "./own_files.js";
import { Shelf } from "./shelf.js";

/** A memo whose entries are in files. */
export interface DiskMemo extends ModelMemo {
  /** Every answer so far has reached the disk. */
  keeps(): boolean;
  /**
   * Lets go of all answers that files hold and closes these; what is asked again is read again, with what other processes have added. Where answers stand is kept,
   * but for the questions that were asked longest ago, as `most` says.
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

/** What a memo keeps in memory between two runs. */
export interface Held {
  readonly questions: number;
  /** Lines whose place in their file is known, of all questions together; the last question keeps its own, however many. */
  readonly places: number;
}

/** 50 MiB at most, and as much for each further million lines of the last question: a batch asks it again. */
const MOST: Held = { questions: 1_000, places: 1_000_000 };

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

/** @param prefix of the files' paths. */
function fileMemo<T>(prefix: string, codec: Codec<T>, onFailure: (cause: unknown) => void): Memo<T> & Pick<DiskMemo, "rest" | "close"> {
  /** The one that was asked last at the end. */
  const shelves = new Map<string, Shelf<T>>();
  const shelfOf = (question: string): Shelf<T> => {
    const shelf = shelves.get(question) ?? new Shelf(`${prefix}-${question}.tsv`, codec, onFailure);
    shelves.delete(question);
    shelves.set(question, shelf);
    return shelf;
  };
  return {
    async get(key) {
      const [question, fingerprint] = parts(key);
      return await shelfOf(question).get(fingerprint);
    },
    async set(key, value) {
      const [question, fingerprint] = parts(key);
      await shelfOf(question).set(fingerprint, value);
    },
    async rest(most = MOST) {
      let [questions, places] = [0, 0];
      for (const [question, shelf] of [...shelves].reverse()) {
        const written = await shelf.rest();
        questions++;
        places += shelf.size;
        // What is not on disk would be lost.
        if (written && questions > 1 && (questions > most.questions || places > most.places)) shelves.delete(question);
      }
    },
    async close() {
      for (const shelf of shelves.values()) await shelf.rest();
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
