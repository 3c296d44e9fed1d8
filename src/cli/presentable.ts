import { basename, isAbsolute, relative } from "node:path";
import { redact } from "../results/redact.js";
import type { Result } from "../results/result_schema.js";
import { withoutHomes } from "./discretion.js";

/** What of a result goes out, as flags say it. */
export interface Presenting {
  /** `--no-run` */
  readonly run?: boolean;
  readonly redact?: boolean;
  readonly fullPaths?: boolean;
}

/** The result as the person asked for it. @param cwd absolute folder that paths are shown from. */
export function presentable(result: Result, flags: Presenting, cwd: string): Result {
  const { run, ...rest } = flags.redact === true ? withoutHomes(redact(result)) : result;
  const { spec } = rest;
  const path = spec.path === null || flags.fullPaths === true ? spec.path : portablePath(spec.path, cwd);
  const shown: Result = { ...rest, spec: { ...spec, path } };
  return flags.run === false || run === undefined ? shown : { ...shown, run };
}

/** The path as it was typed; of an absolute one what lies below the folder one is in, else the file's name. */
function portablePath(path: string, cwd: string): string {
  if (!isAbsolute(path)) return path;
  const way = relative(cwd, path);
  return way.startsWith("..") || isAbsolute(way) ? basename(path) : way;
}
