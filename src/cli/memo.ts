import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ExplainError } from "../errors.js";
import type { OnEvent } from "../events.js";
import { type DiskMemo, openDiskMemo } from "../memo/disk.js";
import { memoryMemo } from "../memo/memory.js";
import { MEMO_EDITION } from "../version.js";

type Env = NodeJS.ProcessEnv;

/** Where answers are remembered: MLLM_SHAP_CACHE, else the platform's folder for caches. Absolute. */
export function memoFolder(env: Env, platform: NodeJS.Platform = process.platform): string {
  if (isSet(env.MLLM_SHAP_CACHE)) return resolve(env.MLLM_SHAP_CACHE);
  const home = isSet(env.HOME) ? env.HOME : homedir();
  return join(cachesFolder(env, platform, home), "mllm-shap");
}

/** XDG asks that relative paths be passed over. */
function cachesFolder(env: Env, platform: NodeJS.Platform, home: string): string {
  if (isSet(env.XDG_CACHE_HOME) && env.XDG_CACHE_HOME === resolve(env.XDG_CACHE_HOME)) return env.XDG_CACHE_HOME;
  if (platform === "darwin") return join(home, "Library", "Caches");
  if (platform === "win32") return isSet(env.LOCALAPPDATA) ? env.LOCALAPPDATA : join(home, "AppData", "Local");
  return join(home, ".cache");
}

/** The memo of a command's runs, opened when one of them wants it. */
export interface LazyMemo {
  readonly get: () => Promise<DiskMemo>;
  readonly close: () => Promise<void>;
}

export function lazyMemo(env: Env, onEvent: OnEvent): LazyMemo {
  let opened: Promise<DiskMemo> | null = null;
  return {
    get: () => {
      opened ??= openMemo(env, onEvent);
      return opened;
    },
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
    return { ...memoryMemo(), close: async () => undefined };
  }
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
