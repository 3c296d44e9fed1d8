import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { SpecError } from "../errors.js";
import { parseSize } from "../spec/size.js";

type Env = NodeJS.ProcessEnv;

/** Where answers are remembered: MLLM_SHAP_CACHE, else the platform's folder for caches. Absolute. */
export function memoFolder(env: Env, platform: NodeJS.Platform = process.platform): string {
  if (isSet(env.MLLM_SHAP_CACHE)) return resolve(env.MLLM_SHAP_CACHE);
  const home = isSet(env.HOME) ? env.HOME : homedir();
  return join(cachesFolder(env, platform, home), "mllm-shap");
}

/** Bytes of remembered answers at most. */
export const SIZE_SETTING = "MLLM_SHAP_CACHE_SIZE";
const DEFAULT_SIZE = "4GiB";

/** @throws SpecError where the setting is no size. */
export function memoBytes(env: Env): number {
  const given = env[SIZE_SETTING];
  const text = isSet(given) ? given : DEFAULT_SIZE;
  const bytes = parseSize(text);
  if (bytes === null) throw new SpecError(`${SIZE_SETTING}=${text}: must be bytes, or a size such as 512MiB or 4GiB`);
  return bytes;
}

/** XDG asks that relative paths be passed over. */
function cachesFolder(env: Env, platform: NodeJS.Platform, home: string): string {
  if (isSet(env.XDG_CACHE_HOME) && env.XDG_CACHE_HOME === resolve(env.XDG_CACHE_HOME)) return env.XDG_CACHE_HOME;
  if (platform === "darwin") return join(home, "Library", "Caches");
  if (platform === "win32") return isSet(env.LOCALAPPDATA) ? env.LOCALAPPDATA : join(home, "AppData", "Local");
  return join(home, ".cache");
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
