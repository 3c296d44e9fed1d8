import { ExplainError } from "../errors.js";
import type { OnEvent } from "../events.js";
import { type DiskMemo, openDiskMemo } from "../memo/disk.js";
import { memoryMemo } from "../memo/memory.js";
import { MEMO_EDITION } from "../version.js";
import { memoFolder } from "./memo_folder.js";

type Env = NodeJS.ProcessEnv;

/** The memo of a command's runs, opened when one of them wants it. */
export interface LazyMemo {
  readonly get: () => Promise<DiskMemo>;
  /** Answers outlive the process. */
  readonly keeps: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

export function lazyMemo(env: Env, onEvent: OnEvent): LazyMemo {
  let opened: Promise<DiskMemo> | null = null;
  return {
    get: () => {
      opened ??= openMemo(env, onEvent);
      return opened;
    },
    keeps: async () => (await opened)?.keeps() ?? false,
    close: async () => await (await opened)?.close(),
  };
}

/** On disk, or where that cannot be, with a warning, one that ends with the process. */
async function openMemo(env: Env, onEvent: OnEvent): Promise<DiskMemo> {
  try {
    return await openDiskMemo({ folder: memoFolder(env), edition: MEMO_EDITION, onEvent });
  } catch (error) {
    if (!(error instanceof ExplainError)) throw error;
    onEvent({ kind: "warning", message: `answers are not remembered on disk: ${error.message}` });
    return { ...memoryMemo(), keeps: () => false, close: async () => undefined };
  }
}
