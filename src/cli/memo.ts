import { ExplainError } from "../errors.js";
import type { OnEvent } from "../events.js";
import { type DiskMemo, openDiskMemo } from "../memo/disk.js";
import { pruneMemo } from "../memo/files.js";
import { memoryMemo } from "../memo/memory.js";
import { reasonOf } from "../util/errors.js";
import { gibibytes } from "../util/sizes.js";
import { MEMO_EDITION } from "../version.js";
import { memoBytes, memoFolder, SIZE_SETTING } from "./memo_folder.js";

type Env = NodeJS.ProcessEnv;

/** The memo of a command's runs, opened when one of them wants it. */
export interface LazyMemo {
  readonly get: () => Promise<DiskMemo>;
  /** Answers outlive the process. */
  readonly keeps: () => Promise<boolean>;
  /** Between two runs: holds no more in memory than a memo that is just opened might. */
  readonly rest: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @throws SpecError where the environment's size for it is none. */
export function lazyMemo(env: Env, onEvent: OnEvent): LazyMemo {
  const most = memoBytes(env);
  let opened: Promise<DiskMemo> | null = null;
  return {
    get: () => {
      opened ??= openMemo(env, onEvent);
      return opened;
    },
    rest: async () => {
      await (await opened?.catch(() => null))?.rest();
    },
    keeps: async () => (await opened)?.keeps() ?? false,
    close: async () => {
      if (opened === null) return;
      await (await opened).close();
      await bound(memoFolder(env), most, onEvent);
    },
  };
}

/** A folder that nobody looks after does not grow for ever: what was unused longest goes, of older versions too. */
async function bound(folder: string, maxBytes: number, onEvent: OnEvent): Promise<void> {
  try {
    const removed = await pruneMemo(folder, { usedSinceMs: null, maxBytes });
    const bytes = removed.reduce((sum, file) => sum + file.bytes, 0);
    if (bytes > 0) onEvent({ kind: "log", message: `forgot ${gibibytes(bytes)} of answers that were unused longest (${SIZE_SETTING})` });
  } catch (cause) {
    onEvent({ kind: "log", message: `the memo's folder could not be looked through: ${reasonOf(cause)}` });
  }
}

/** On disk, or where that cannot be, with a warning, one that ends with the process. */
async function openMemo(env: Env, onEvent: OnEvent): Promise<DiskMemo> {
  try {
    return await openDiskMemo({ folder: memoFolder(env), edition: MEMO_EDITION, onEvent });
  } catch (error) {
    if (!(error instanceof ExplainError)) throw error;
    onEvent({ kind: "warning", message: `answers are not remembered on disk: ${error.message}` });
    return { ...memoryMemo(), keeps: () => false, rest: async () => undefined, close: async () => undefined };
  }
}
